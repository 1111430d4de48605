"""A session's figures as FHIR Observations (HL7 FHIR R4B), for a hospital's own records. Needs the extra `fhir`."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np
from fhir.resources.R4B.bundle import Bundle

from poseformer_ros.drawing.report.content import FIGURE_COLUMNS, AssessedSession, figures

UCUM = 'http://unitsofmeasure.org'
FIGURE = 'urn:poseformer_ros:measure'       # no code of LOINC or SNOMED CT says how our figures are defined
UNITS = {'': '1'}                           # ours that are written otherwise in UCUM
INDICATIVE = 'Indicative, not checked against a laboratory: '

Row = dict[str, Any]       # by FIGURE_COLUMNS


def fhir_bundle(session: AssessedSession) -> Bundle:
    """A collection of one Observation for each repetition, its figures as components, and one for each set's score.

    All are preliminary: no clinician has looked at them. The subject is the pseudonym; a session without a date has no time.
    """
    rows = [dict(zip(FIGURE_COLUMNS, row)) for row in figures(session)]
    repetitions = groupby(rows, key=lambda row: (row['set'], row['repetition']))
    entries = [{'resource': _observation(list(of), session)} for _, of in repetitions]
    return Bundle.model_validate({'resourceType': 'Bundle', 'type': 'collection', 'entry': entries})


def _observation(rows: Sequence[Row], session: AssessedSession) -> dict:
    first = rows[0]
    number = f', repetition {first["repetition"]}' if first['repetition'] else ''
    side = f' to the {first["side"]}' if first['side'] else ''
    return {'resourceType': 'Observation', 'status': 'preliminary',
            'code': {'text': f'{first["exercise"]}: set {first["set"]}{number}{side}'},
            'subject': {'identifier': {'value': first['patient']}}, 'device': {'display': session.made_by},
            'component': [one for row in rows for one in _components(row)], 'note': [{'text': text} for text in _notes(rows)],
            **({'effectiveDateTime': first['day']} if _is_date(first['day']) else {})}


def _components(row: Row) -> Iterator[dict]:
    """The figure, and its standard error where it is known."""
    value, error = row['value'], row['standard_error']
    code = {'coding': [{'system': FIGURE, 'code': row['measure']}]}
    yield {'code': code, **({'valueQuantity': _quantity(value, row['unit'])} if np.isfinite(value)
                            else {'dataAbsentReason': {'text': 'could not be measured'}})}
    if np.isfinite(error):
        yield {'code': code | {'text': 'standard error'}, 'valueQuantity': _quantity(error, row['unit'])}


def _quantity(value: float, unit: str) -> dict:
    """A score's 'of 50' is no unit."""
    of = {} if unit.startswith('of ') else {'system': UCUM, 'code': UNITS.get(unit, unit)}
    return {'value': value, 'unit': unit or UNITS[unit], **of}


def _notes(rows: Sequence[Row]) -> list[str]:
    """Faults, and which figures are indicative or rest on joints that were not seen."""
    faults = list(dict.fromkeys(row['sentence'] for row in rows if row['sentence']))
    indicative = ', '.join(row['measure'] for row in rows if row['indicative'])
    unseen = ', '.join(row['measure'] for row in rows if not row['seen'])
    return [*faults, *([INDICATIVE + indicative] if indicative else []),
            *([f'Rests on joints that were not seen: {unseen}'] if unseen else [])]


def _is_date(day: str) -> bool:
    try:
        return bool(date.fromisoformat(day))
    except ValueError:
        return False
