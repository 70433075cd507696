"""A test of a checkout in Python, with pytest.

go build -o processor ./cmd/processor
SANDBANK_PROCESSOR=./processor pytest examples/test-python/
"""

import pytest


@pytest.mark.parametrize(
    ("card", "status", "reason"),
    [
        ("4242424242424242", "captured", None),
        ("4000000000009995", "declined", "insufficient_funds"),
        ("4000000000009987", "declined", "lost_card"),
    ],
)
def test_each_card_has_its_outcome(sandbank, card, status, reason):
    payment = sandbank.create(attempts=1)
    sandbank.customer(payment["id"], action="pay", card=card)
    sandbank.advance("10s")
    payment = sandbank.payment(payment["id"])
    assert payment["status"] == status
    assert payment.get("reason", {}).get("code") == reason
    assert sandbank.events(payment["id"])[-1] == f"payment.{status}"


def test_nobody_is_told_of_a_customer_who_walks_away(sandbank):
    payment = sandbank.create(expires_in_seconds=900)
    sandbank.advance("16m")
    assert sandbank.payment(payment["id"])["status"] == "abandoned"
    assert sandbank.events(payment["id"]) == []


def test_a_silent_bank_fails_the_payment(sandbank):
    payment = sandbank.create(bank="MUTEIE2A")
    sandbank.customer(payment["id"], action="pay", card="4242424242424242")
    sandbank.advance("2m")
    payment = sandbank.payment(payment["id"])
    assert (payment["status"], payment["reason"]["code"]) == ("failed", "bank_timeout")
