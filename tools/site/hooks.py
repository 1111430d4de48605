"""What MkDocs is told beside mkdocs.yml: pages from the repository's top, one page for each node, nothing from another host."""

import logging
import re
from pathlib import Path

from mkdocs.structure.files import File

LOG = logging.getLogger('mkdocs.hooks')     # a warning here fails a strict build
ROOT = Path(__file__).parents[2]
TOP = {'README.md': 'index.md', 'CONTRIBUTING.md': 'contributing.md', 'CHANGELOG.md': 'changelog.md', 'LICENSES.md': 'licenses.md'}
# What a browser fetches by itself; a link that somebody clicks may lead elsewhere.
FETCHED = re.compile(r'<(?:link|script|img|iframe|source|video)\b[^>]*?(?:href|src|srcset)=["\']?((?:https?:)?//[^"\'\s>]+)')


def on_config(config):
    """Put the page of each node under 'Nodes'."""
    nodes = next(entry['Nodes'] for entry in config.nav if 'Nodes' in entry)
    pages = sorted(Path(config.docs_dir, 'nodes').glob('*.md'))
    nodes += [{page.stem: f'nodes/{page.name}'} for page in pages if page.name != 'README.md']


def on_files(files, config):
    """Add the pages that stand at the repository's top, with links as they are from docs/."""
    for name, page in TOP.items():
        text = (ROOT / name).read_text().replace('](docs/', '](')
        for other, target in TOP.items():
            text = text.replace(f']({other})', f']({target})')
        files.append(File.generated(config, page, content=text))


def on_post_page(output, page, config):
    """Warn of what a browser would fetch from another host."""
    for address in FETCHED.findall(output):
        LOG.warning('%s fetches %s; the site must need no network', page.file.src_uri, address)
