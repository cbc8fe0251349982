"""What will happen next: a binary heap by time.

`heapq` would do, but for ties: calls that were dialled together and that nobody answers end in the same instant, and
the order in which they give their channels back decides which channel, and so which mistake of AMD, the next call has.
The figures that pacers are compared by were made with the order of this heap.
"""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Agenda(Generic[T]):
    """Entries (time, what), the earliest first."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, T]] = []

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_at(self) -> float:
        """When the next entry is due; infinite when there is none."""
        return self._heap[0][0] if self._heap else float("inf")

    def add(self, at: float, what: T) -> None:
        heap = self._heap
        entry = (at, what)
        heap.append(entry)
        place = len(heap) - 1
        while place > 0:
            parent = (place - 1) >> 1
            above = heap[parent]
            if above[0] <= at:
                break
            heap[place] = above
            place = parent
        heap[place] = entry

    def pop(self) -> tuple[float, T]:
        """The earliest entry, which is taken out."""
        heap = self._heap
        last = heap.pop()
        if not heap:
            return last
        first = heap[0]
        at, size, place = last[0], len(heap), 0
        while (child := 2 * place + 1) < size:
            below = heap[child]
            if child + 1 < size and heap[child + 1][0] < below[0]:
                child += 1
                below = heap[child]
            if below[0] >= at:
                break
            heap[place] = below
            place = child
        heap[place] = last
        return first
