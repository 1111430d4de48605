"""A screenshot of the page of `poseformer view --serve`, through a browser without a window.

    pip install playwright && apt-get install chromium
    python tools/view/screenshot.py 'http://127.0.0.1:9090/?url=...' view.png

Exits 1 when the page shows nothing: no canvas, or one of a single colour. The browser draws WebGL with its own software renderer.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import sync_playwright

LEAST_COLORS = 50       # of a page with person, image and plots; an empty one has a handful


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('address', help='as `poseformer view --serve` says it')
    parser.add_argument('file', type=Path, help='PNG')
    parser.add_argument('--wait-s', type=float, default=30.0, help='until the screenshot; software rendering is slow')
    parser.add_argument('--browser', default='/usr/bin/chromium', help='program of Chromium or Chrome')
    parser.add_argument('--size', type=int, nargs=2, default=(1600, 1000), help='of the page, pixels')
    arguments = parser.parse_args()
    elsewhere: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.browser, args=[
            '--no-sandbox', '--disable-dev-shm-usage', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
            '--ignore-gpu-blocklist'])
        page = browser.new_page(viewport={'width': arguments.size[0], 'height': arguments.size[1]})
        page.on('request', lambda request: None if '127.0.0.1' in request.url else elsewhere.add(request.url))
        # What the page's policy forbids never leaves the browser.
        page.on('requestfailed', lambda request: elsewhere.discard(request.url) if request.failure == 'csp' else None)
        page.on('console', lambda said: print('page:', said.text, file=sys.stderr) if said.type == 'error' else None)
        page.goto(arguments.address)
        page.wait_for_selector('canvas', timeout=120e3)     # the program is 40 MB
        page.wait_for_timeout(arguments.wait_s * 1e3)
        # From the compositor: a canvas that redraws without end never holds still for Playwright's own screenshot.
        page.screenshot(path=arguments.file, timeout=120e3, animations='allow')
        browser.close()
    image = cv2.imread(str(arguments.file))
    colors = len(np.unique(image.reshape(-1, 3) // 8, axis=0))
    print(f'{arguments.file}: {colors} colours; asked elsewhere: {sorted(elsewhere) or "nothing"}')
    return 0 if colors >= LEAST_COLORS else 1


if __name__ == '__main__':
    sys.exit(main())
