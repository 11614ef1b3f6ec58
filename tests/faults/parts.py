"""The parts of `make torture`, in the order in which they run. A test belongs to the part whose marker it has."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """`limit` is its minutes; `measure` says what limits its size."""

    what: str
    limit: int
    measure: str
    is_deployed: bool = True

    @property
    def options(self) -> list[str]:
        """How pytest runs it: deployed parts have the machine to themselves, those on moto use two cores."""
        return ["--numprocesses", "0"] if self.is_deployed else ["--numprocesses", "2", "--dist", "worksteal"]


PARTS = {
    "crashes": Part(
        "a crash before and after every AWS call of every function, calls refused, answers lost",
        20,
        "every call once; the lost answers as often as there are seeds",
        is_deployed=False,
    ),
    "records": Part(
        "batches with every subset of failures, archive objects cut anywhere, a replay, wrong clocks",
        20,
        "every subset and every byte once; for the replay, how fast moto is",
        is_deployed=False,
    ),
    "restore": Part(
        "a ledger backed up and restored", 15, "how fast MiniStack writes: 40,000 rows come back in some 35 s"
    ),
    "faults": Part("throttling, errors, resets, and an outage", 15, "the outage, and the retries that follow it"),
    "races": Part("concurrent writers of the same events", 15, "a race takes seconds, for its delays"),
    "storm": Part(
        "many copies of many events, in any order", 25, "the functions: some 140 messages a second on two cores"
    ),
    "kills": Part(
        "functions killed at work", 20, "the messages of a killed function, which are redelivered 12 s later"
    ),
    "poison": Part(
        "unreadable messages among good ones, and redrives",
        20,
        "the pauses between the messages, so that how soon each becomes a dead letter can be measured",
    ),
}
