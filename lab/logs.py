"""Event logs of one zstd file: reading them, and moving them to another night."""

import io
import json
import re

import zstandard

# A time in an event: milliseconds since 1970, a number of 13 digits.
TIME = re.compile(rb"(?<![\d.])\d{13}(?![\d.])")


def lines(log):
    """The events as Spark wrote them: one JSON object each. A log without its
    end gives what is there."""
    with log.open("rb") as file:
        plain = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
        yield from plain


def seconds(log):
    """From the application's start to its end; None if the log has no end."""
    times = {}
    for line in lines(log):
        if line.startswith(b'{"Event":"SparkListenerApplication'):
            event = json.loads(line)
            times[event["Event"]] = event["Timestamp"]
    if "SparkListenerApplicationEnd" not in times:
        return None
    return (times["SparkListenerApplicationEnd"] - times["SparkListenerApplicationStart"]) / 1000


def pack(log, to):
    """Moves the log, as small as it gets: Spark compresses each event by itself."""
    to.write_bytes(zstandard.ZstdCompressor(level=19).compress(b"".join(lines(log))))
    log.unlink()


def move(log, to, started):
    """Writes the log to another place, as if its run had started at another
    time (seconds since 1970). Numbers within a day of the run are times."""
    day, base = 86_400_000, None
    with to.open("wb") as file, zstandard.ZstdCompressor(level=3).stream_writer(file) as out:
        held = []  # what comes before the start is known
        for line in lines(log):
            if base is None:
                held.append(line)
                if line.startswith(b'{"Event":"SparkListenerApplicationStart"'):
                    base = json.loads(line)["Timestamp"]
            else:
                held = [line]
            if base is None:
                continue
            shift = int(started * 1000) - base

            def moved(match, base=base, shift=shift):
                at = int(match[0])
                return b"%d" % (at + shift) if abs(at - base) < day else match[0]

            for one in held:
                out.write(TIME.sub(moved, one))
            held = []
        for one in held:
            out.write(one)
