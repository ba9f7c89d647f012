"""Who paid what in a group of friends, and the debts that follow."""

from expenses.money import allocate, cents, show


class Group:
    """Balances by name: positive is owed to the person."""

    def __init__(self, names):
        self.balances = {name: 0 for name in names}

    def pay(self, payer, amount, shares=None):
        """Note that `payer` paid for all, or for those in `shares` by weight."""
        total = cents(amount)
        shares = shares or {name: 1 for name in self.balances}
        parts = allocate(total, list(shares.values()))
        self.balances[payer] += total
        for name, part in zip(shares, parts):
            self.balances[name] -= part

    def settle(self):
        """Transfers (from, to, amount) after which nobody owes anything."""
        owing = {name: -value for name, value in self.balances.items() if value < 0}
        owed = {name: value for name, value in self.balances.items() if value > 0}
        transfers = []
        for debtor, debt in owing.items():
            for creditor in list(owed):
                part = min(debt, owed[creditor])
                if part:
                    transfers.append((debtor, creditor, show(part)))
                    debt -= part
                    owed[creditor] -= part
        return transfers
