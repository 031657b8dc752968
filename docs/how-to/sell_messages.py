"""A small service: it sends messages to those who may have them, and sells packs."""

from collections.abc import Callable

from attrs import define, field

from balances import Balance, Decision, check, explain, top_up, track

Send = Callable[[str], None]
"""Your function that sends a message."""


class Refused(Exception):
    """The customer may not send a message now. The text is for the customer."""


@define
class Service:
    """The balances of messages by customer, and the payments that have been booked."""

    balances: dict[str, Balance]
    send: Send
    booked: set[str] = field(factory=set[str])

    def message(self, customer: str, text: str) -> None:
        """Send a message, if the customer has one left, and count it."""
        decision = self.may_send(customer)
        if not decision:
            raise Refused(explain(decision))
        self.send(text)
        self.balances[customer] = track(self.balances[customer], 1).balance

    def may_send(self, customer: str) -> Decision:
        """Say whether one message may be sent."""
        return check(self.balances[customer], 1)

    def book(self, customer: str, payment: str, packs: int) -> None:
        """Book a payment for packs of 50 messages.

        A payment that is reported twice is booked once.
        """
        if payment not in self.booked:
            balance = self.balances[customer]
            self.balances[customer] = top_up(balance, "packs", packs * 50)
            self.booked.add(payment)
