"""What can become of a case. The same words in the database, in the API and in the web app."""

from __future__ import annotations

from enum import StrEnum


class CaseState(StrEnum):
    """`OPEN`, `CONTESTED`, `SETTLED`, `CLOSED` and `DISMISSED` are stages on-chain as well; `CLOSED` is also a claim
    that was withdrawn before it was opened."""

    CLAIMED = "claimed"
    OPEN = "open"
    IN_REVIEW = "in_review"  # an answer waits for the holder
    DISPUTED = "disputed"  # the case on-chain is not the one that was claimed; told to the image user only
    LICENSED = "licensed"  # a licence was proven
    CONTESTED = "contested"  # before the panel
    SETTLED = "settled"
    CLOSED = "closed"
    DISMISSED = "dismissed"

    @property
    def is_over(self) -> bool:
        """Whether nothing is asked any more."""
        return self in (CaseState.SETTLED, CaseState.CLOSED, CaseState.LICENSED, CaseState.DISMISSED)

    @property
    def is_payable(self) -> bool:
        return self in (CaseState.OPEN, CaseState.IN_REVIEW, CaseState.CONTESTED)

    @property
    def is_alive(self) -> bool:
        """Of a stage on-chain: whether the case can still be paid or withdrawn."""
        return self in (CaseState.OPEN, CaseState.CONTESTED)
