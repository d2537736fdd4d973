"""Starts a journal as every run does: header from the configuration, which is its first note."""

import time
from pathlib import Path

from tickpath.core.build import build_hash
from tickpath.core.config import Config
from tickpath.core.config_json import config_to_json
from tickpath.core.limits import limits_hash
from tickpath.lanes.journal import Journal
from tickpath.lanes.journal_format import JournalHeader, JournalKind
from tickpath.lanes.journal_snapshot import CONFIG_NOTE

HEAD_BYTES = 8
SEGMENT_BYTES = 16 * 2**20
"""Two are mapped and prefaulted at a time; they count as resident memory."""
RESULT_NOTE = b"result\0\0"


def new_journal(folder: Path | str, config: Config) -> Journal:
    """A started journal that carries its configuration, so that a replay needs nothing else."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    header = JournalHeader(
        config_hash=config.hash(),
        build_hash=build_hash(),
        limits_hash=limits_hash(),
        engine_id=config.engine_id,
        epoch=config.epoch,
        created_ns=time.time_ns(),
    )
    journal = Journal.create(folder, header, segment_bytes=SEGMENT_BYTES)
    journal.start()
    journal.append(JournalKind.NOTE, 0, 0, CONFIG_NOTE + config_to_json(config).encode())
    return journal
