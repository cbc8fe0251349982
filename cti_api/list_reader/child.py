"""The reading process: the list is its standard input, the job its argument, and what it finds its standard output.

It takes what the machine has left over, and no more memory than a large spreadsheet needs.
"""

from __future__ import annotations

import os
import resource
import sys
from itertools import islice
from typing import BinaryIO, Final

from cti_api.errors import InputError
from cti_api.lead_file.read import open_list
from cti_api.list_reader.wire import Job, found_line, refusal_line, rows_line

BATCH: Final = 500
"""Rows of one line."""

MOST_MEMORY_BYTES: Final = 2 * 1024**3
"""Address space. A million rows of text need a tenth of a gigabyte, Excel's largest sheet with ten columns one."""

NICE: Final = 5
"""Calls come first."""

TOO_LARGE: Final = "The list needs more memory than reading one may take: import it in parts, or as CSV UTF-8."


def main() -> None:
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    try:
        read(sys.stdin.buffer, Job.from_json(sys.argv[1]))
    except InputError as error:
        say(refusal_line(error))
    except MemoryError:
        say(refusal_line(InputError(TOO_LARGE)))
    except BrokenPipeError:
        # Whoever asked has seen enough, or is gone; nothing more can be said, not even by the interpreter's end.
        os._exit(0)


def read(file: BinaryIO, job: Job) -> None:
    opened = open_list(file, job.columns, job.region, job.timezone, guess=job.guess)
    say(found_line(opened.found))
    size = os.fstat(file.fileno()).st_size or 1
    while batch := list(islice(opened.rows, BATCH)):
        say(rows_line(batch, min(file.tell() / size, 1.0)))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
