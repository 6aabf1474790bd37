"""The demonstration's panel: a case that the image user contests, decided on-chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from oracle.chain.signing import ascending, sign
from scripts.stack.local import BOND, Roles, account

if TYPE_CHECKING:
    from scripts.demo.journey import Journey

# IArbitration.Outcome.
SUSTAINED = 1


def contest(journey: Journey) -> None:
    """Another hit is claimed; the image user contests, the holder upholds, and the panel dismisses the case."""
    hit = journey.hit_to_claim()
    journey.photographer.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    case = journey.photographer.post(f"/hits/{hit['id']}/claim", {"amount": journey.demand, "currency": "EUR"})
    journey.treasury.wallet.send("CPYToken", "transfer", journey.photographer.address, BOND)
    journey.photographer.send_all(journey.photographer.get(f"/cases/{case['id']}/opening"))
    portal = f"/portal/{case['link'].rsplit('/', 1)[1]}"
    journey.until("the second case is open", lambda: journey.image_user.get(portal)["state"] == "open")
    words = "The picture illustrates a review of the photographer's exhibition, with their name beside it."
    answered = journey.image_user.post(f"{portal}/objection", {"kind": "lawful_use", "words": words})
    reason = {"words": "The page is not a review: it sells prints and credits nobody."}
    journey.photographer.post(f"/cases/{case['id']}/answers/{answered['answers'][-1]['id']}/uphold", reason)
    fee = int(journey.chain.call("Arbitration", "fee"))
    journey.treasury.wallet.send("CPYToken", "transfer", journey.operator.address, fee)
    before = journey.chain.call("CPYToken", "balanceOf", journey.image_user.address)
    journey.image_user.post(f"{portal}/panel")
    journey.until("the case is before the panel", lambda: journey.image_user.get(portal)["state"] == "contested")
    journey.say(f"Case {case['code']} was contested; it is before the panel, at no cost to the image user.")

    raised = journey.latest("Arbitration", "DisputeRaised")
    ruling = {
        "disputeId": raised["disputeId"],
        "outcome": SUSTAINED,
        "barredUntil": 0,
        "reasonsHash": keccak(text="The page reviews the exhibition and names the author: a lawful quotation."),
    }
    panel = [account(i) for i in Roles.PANEL]
    signed = {str(p.address): sign(p, journey.chain.deployment, "Ruling", ruling) for p in panel[:2]}
    journey.operator.wallet.send("Arbitration", "rule", tuple(ruling.values()), ascending(signed))
    found = journey.until("the ruling is read", lambda: _dismissed(journey, portal))
    after = journey.chain.call("CPYToken", "balanceOf", journey.image_user.address)
    journey.must(before == after, "contesting cost the image user nothing")
    journey.must(journey.chain.call("Settlement", "owed", journey.photographer.address) == BOND, "the bond is back")
    journey.photographer.wallet.send("Settlement", "withdraw", journey.photographer.address)
    journey.outcome.contested = {"id": case["code"], "stages": [step["state"] for step in found["timeline"]]}
    journey.say(
        "The panel dismissed the case (two of three signed). The bond was returned and the holder paid nothing."
    )


def _dismissed(journey: Journey, portal: str) -> dict[str, Any] | None:
    found: dict[str, Any] = journey.image_user.get(portal)
    return found if found["state"] == "dismissed" else None
