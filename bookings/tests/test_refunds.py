"""The pure refund rules, with examples and with random values."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.test import SimpleTestCase

from bookings.rules.refunds import (
    Tier,
    bill_of_move,
    next_change,
    percent_at,
    refund_of,
    shared_out,
)
from core.money import digits_of
from testing.properties import given, st

START = datetime(2026, 11, 27, 20, 15, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
USUAL = [Tier(24, 100), Tier(2, 50)]


def before(hours):
    return START - timedelta(hours=hours)


@st.composite
def rules(draw):
    """Draw the tiers of a cinema, in any order."""
    hours = draw(st.lists(st.integers(0, 60) | st.integers(0, 2160), unique=True, max_size=10))
    sizes = st.lists(st.integers(0, 100), min_size=len(hours), max_size=len(hours))
    percents = sorted(draw(sizes))
    tiers = [Tier(*step) for step in zip(sorted(hours), percents, strict=True)]
    return draw(st.permutations(tiers))


moments = st.one_of(
    st.integers(-2, 70).map(before),
    st.integers(0, 61).flatmap(lambda h: st.sampled_from([before(h) - INSTANT, before(h)])),
    st.timedeltas(timedelta(days=-100), timedelta(days=5)).map(lambda gap: START + gap),
)
currencies = st.sampled_from(["JPY", "KRW", "IRR", "RSD", "EUR", "GBP", "KWD", "IQD"])


def unit_of(currency):
    return Decimal(1).scaleb(-digits_of(currency))


def amounts(currency, most=10**15 - 1):
    """Return a strategy for amounts of the currency, up to the highest of a column."""
    digits = digits_of(currency)
    units = st.integers(0, 20) | st.integers(0, most // 10 ** (3 - digits))
    return units.map(lambda amount: Decimal(amount).scaleb(-digits))


priced = currencies.flatmap(lambda each: st.tuples(st.just(each), amounts(each)))


class PercentTests(SimpleTestCase):
    def test_examples(self):
        for tiers, now, percent in [
            (USUAL, before(1000), 100),
            (USUAL, before(24), 100),
            (USUAL, before(24) + INSTANT, 50),
            (USUAL, before(2), 50),
            (USUAL, before(2) + INSTANT, 0),
            (USUAL, START, 0),
            (USUAL[::-1], before(24), 100),
            ([], before(0.001), 100),
            ([], START - INSTANT, 100),
            ([], START, 0),
            ([], START + INSTANT, 0),
            ([Tier(0, 30)], START - INSTANT, 30),
            ([Tier(0, 30)], START, 0),
            ([Tier(5, 0)], before(9), 0),
        ]:
            with self.subTest(tiers=tiers, now=now):
                self.assertEqual(percent_at(tiers, START, now), percent)

    def test_day_has_24_hours_when_the_clocks_change(self):
        """In Paris the night to 2026-03-29 has no hour between 2:00 and 3:00."""
        paris = ZoneInfo("Europe/Paris")
        starts_at = datetime(2026, 3, 29, 20, 0, tzinfo=paris)
        last = datetime(2026, 3, 28, 19, 0, tzinfo=paris)
        self.assertEqual(percent_at(USUAL, starts_at, last), 100)
        self.assertEqual(percent_at(USUAL, starts_at, last + timedelta(minutes=1)), 50)
        self.assertEqual(next_change(USUAL, starts_at, last), (last.astimezone(UTC), 50))

    @given(rules(), moments)
    def test_tier_with_the_most_hours_that_has_not_passed_applies(self, rule, now):
        expected = 0 if now >= START or rule else 100
        for tier in sorted(rule):
            if now < START and now <= before(tier.hours_before):
                expected = tier.percent
        self.assertEqual(percent_at(rule, START, now), expected)

    @given(rules(), moments, moments)
    def test_percentage_never_grows_with_time(self, rule, one, other):
        earlier, later = sorted([one, other])
        self.assertGreaterEqual(percent_at(rule, START, earlier), percent_at(rule, START, later))


class NextChangeTests(SimpleTestCase):
    def test_examples(self):
        for tiers, now, change in [
            (USUAL, before(25), (before(24), 50)),
            (USUAL, before(24), (before(24), 50)),
            (USUAL, before(24) + INSTANT, (before(2), 0)),
            (USUAL, before(2) + INSTANT, None),
            (USUAL, START, None),
            ([], before(9999), (START, 0)),
            ([], START - INSTANT, (START, 0)),
            ([], START, None),
            ([Tier(0, 50)], before(1), (START, 0)),
            ([Tier(24, 50), Tier(12, 50), Tier(2, 20)], before(48), (before(12), 20)),
            ([Tier(24, 50), Tier(12, 50)], before(48), (before(12), 0)),
            ([Tier(24, 100), Tier(2, 0)], before(48), (before(24), 0)),
            ([Tier(24, 100), Tier(2, 0)], before(9), None),
        ]:
            with self.subTest(tiers=tiers, now=now):
                self.assertEqual(next_change(tiers, START, now), change)

    @given(rules(), moments, st.floats(0, 1))
    def test_percentage_changes_exactly_at_the_next_change(self, rule, now, part):
        percent = percent_at(rule, START, now)
        change = next_change(rule, START, now)
        if change is None:
            self.assertEqual(percent, 0)
            return
        until, afterwards = change
        self.assertLess(afterwards, percent)
        self.assertTrue(now <= until <= START)
        last = until if until < START else START - INSTANT
        self.assertEqual(percent_at(rule, START, now + part * (last - now)), percent)
        self.assertEqual(percent_at(rule, START, last), percent)
        self.assertEqual(percent_at(rule, START, last + INSTANT), afterwards)

    @given(rules(), moments)
    def test_changes_end_with_zero_at_the_start_at_the_latest(self, rule, now):
        seen = []
        while (change := next_change(rule, START, now)) is not None:
            seen.append(change)
            now = change[0] + INSTANT
            self.assertLessEqual(len(seen), max(1, len(rule)))
        self.assertEqual(percent_at(rule, START, now), 0)
        if seen:
            self.assertEqual(seen[-1][1], 0)


class RefundTests(SimpleTestCase):
    def test_examples(self):
        for price, percent, limit, refund in [
            ("10.50", 100, None, "10.50"),
            ("10.50", 50, None, "5.25"),
            ("0.01", 50, None, "0.01"),
            ("0.01", 49, None, "0.00"),
            ("10.05", 50, None, "5.03"),
            ("10.00", 33, None, "3.30"),
            ("10.00", 0, None, "0.00"),
            ("0.00", 100, None, "0.00"),
            ("10.00", 100, "4.20", "4.20"),
            ("10.00", 50, "5.01", "5.00"),
            ("10.00", 50, "0", "0.00"),
            ("0.005", 100, None, "0.00"),
        ]:
            with self.subTest(price=price, percent=percent, limit=limit):
                limit = None if limit is None else Decimal(limit)
                given_back = refund_of(Decimal(price), percent, limit, currency="EUR")
                self.assertEqual(str(given_back), refund)

    def test_refund_has_the_digits_of_its_currency(self):
        for price, percent, currency, refund in [
            ("1001", 50, "JPY", "501"),
            ("1001.000", 50, "JPY", "501"),
            ("1", 49, "KRW", "0"),
            ("1500000", 33, "IRR", "495000.00"),
            ("999999999999", 50, "VND", "500000000000"),
            ("2.125", 50, "KWD", "1.063"),
            ("2.125", 100, "BHD", "2.125"),
            ("10.50", 100, "JPY", "10"),  # sold before such prices were refused
        ]:
            with self.subTest(price=price, currency=currency):
                given_back = refund_of(Decimal(price), percent, currency=currency)
                self.assertEqual(str(given_back), refund)

    @given(st.data(), priced, st.integers(0, 100))
    def test_refund_is_the_share_to_the_nearest_unit_and_within_its_limits(
        self, data, priced, percent
    ):
        currency, price = priced
        most = data.draw(st.none() | amounts(currency))
        refund = refund_of(price, percent, most, currency=currency)
        self.assertEqual(refund.as_tuple().exponent, -digits_of(currency))
        self.assertTrue(0 <= refund <= price)
        if most is not None:
            self.assertLessEqual(refund, most)
        if most is None or refund < most:
            self.assertLessEqual(abs(refund - price * percent / 100), unit_of(currency) / 2)

    @given(priced, st.integers(0, 100), st.integers(0, 100))
    def test_higher_percentage_never_gives_less(self, priced, one, other):
        currency, price = priced
        less, more = sorted([one, other])
        self.assertLessEqual(
            refund_of(price, less, currency=currency), refund_of(price, more, currency=currency)
        )

    @given(priced)
    def test_percentages_100_and_0_give_the_price_and_zero(self, priced):
        currency, price = priced
        given_back = [refund_of(price, percent, currency=currency) for percent in (100, 0)]
        self.assertEqual(given_back, [price, 0])


@st.composite
def prices_and_amount(draw, least=0):
    """Draw (currency, prices, an amount from 0 to their sum)."""
    currency = draw(currencies)
    prices = draw(st.lists(amounts(currency), min_size=least, max_size=12))
    unit = unit_of(currency)
    return currency, prices, draw(st.integers(0, int(sum(prices) / unit))) * unit


class SharedOutTests(SimpleTestCase):
    def test_examples(self):
        for amount, prices, shares in [
            ("0.00", [], []),
            ("0.00", ["0.00", "0.00"], ["0.00", "0.00"]),
            ("10.00", ["10.00", "10.00", "10.00"], ["3.34", "3.33", "3.33"]),
            ("20.00", ["10.00", "10.00", "10.00"], ["6.67", "6.67", "6.66"]),
            ("21.50", ["14.00", "7.50"], ["14.00", "7.50"]),
            ("0.01", ["7.50", "14.00"], ["0.00", "0.01"]),
            ("0.01", ["0.00", "0.01"], ["0.00", "0.01"]),
            ("5", ["10", "0", "10.00"], ["2.50", "0.00", "2.50"]),
        ]:
            with self.subTest(amount=amount, prices=prices):
                shared = shared_out(
                    Decimal(amount), [Decimal(price) for price in prices], currency="EUR"
                )
                self.assertEqual([str(share) for share in shared], shares)

    def test_invalid_amounts_are_a_value_error(self):
        for amount, prices in [
            ("0.01", []),
            ("0.01", ["0.00"]),
            ("20.01", ["10.00", "10.00"]),
            ("-0.01", ["10.00"]),
            ("0.001", ["10.00"]),
            ("1.00", ["10.001"]),
        ]:
            with self.subTest(amount=amount, prices=prices), self.assertRaises(ValueError):
                shared_out(Decimal(amount), [Decimal(price) for price in prices], currency="EUR")

    @given(prices_and_amount())
    def test_shares_add_up_and_are_proportional_within_a_unit(self, drawn):
        currency, prices, amount = drawn
        total = sum(prices, Decimal(0))

        shares = shared_out(amount, prices, currency=currency)

        self.assertEqual(len(shares), len(prices))
        self.assertEqual(sum(shares, Decimal(0)), amount)
        for share, price in zip(shares, prices, strict=True):
            self.assertEqual(share.as_tuple().exponent, -digits_of(currency))
            self.assertTrue(0 <= share <= price)
            if total:
                self.assertLess(abs(share - amount * price / total), unit_of(currency))

    @given(prices_and_amount(least=2))
    def test_higher_price_never_gets_a_smaller_share(self, drawn):
        currency, prices, amount = drawn
        shares = shared_out(amount, prices, currency=currency)
        by_price = sorted(zip(prices, shares, strict=True), key=lambda pair: pair[0])
        for (price, share), (more, its_share) in zip(by_price, by_price[1:], strict=False):
            if price < more:
                self.assertLessEqual(share, its_share)


def total(amounts):
    return sum(amounts, Decimal(0))


class Seats:
    """The seats of an order through several moves: prices, and refund limits per seat."""

    def __init__(self, currency, prices):
        self.currency = currency
        self.prices, self.limits = prices, [None] * len(prices)

    def brings_back(self, percent):
        """Return the refunds of cancelling the seats at this percentage."""
        both = zip(self.prices, self.limits, strict=True)
        return [refund_of(price, percent, limit, currency=self.currency) for price, limit in both]

    def move(self, new_prices, percent):
        bill = bill_of_move(
            old_prices=self.prices,
            refundable=total(self.brings_back(percent)),
            new_prices=new_prices,
            percent=percent,
            currency=self.currency,
        )
        self.prices, self.limits = new_prices, bill.refund_limits or [None] * len(new_prices)
        return bill


percents = st.sampled_from([0, 50, 100]) | st.integers(0, 100)


@st.composite
def moves(draw, limit=5):
    """Draw (currency, prices of an order, [(prices that it moves to, percentage at that time)])."""
    currency, size = draw(currencies), draw(st.integers(1, 4))
    prices = st.lists(amounts(currency), min_size=size, max_size=size)
    return (
        currency,
        draw(prices),
        draw(st.lists(st.tuples(prices, percents), min_size=1, max_size=limit)),
    )


class BillOfMoveTests(SimpleTestCase):
    def test_examples(self):
        for old, refundable, new, percent, difference, refunds, limits in [
            (["10"], "10", ["10"], 100, "0", ["0.00"], None),
            (["10"], "10", ["14"], 100, "4", ["0.00"], None),
            (["14"], "14", ["10"], 100, "-4", ["4.00"], None),
            (["14"], "7", ["10"], 50, "-4", ["2.00"], ["5.00"]),
            (["10"], "5", ["14"], 50, "4", ["0.00"], ["9.00"]),
            (["10"], "0", ["10"], 0, "0", ["0.00"], ["0.00"]),
            (["10"], "0", ["12"], 0, "2", ["0.00"], ["2.00"]),
            (["14"], "3", ["4"], 100, "-10", ["3.00"], ["0.00"]),
            (["5", "10"], "15", ["0", "0"], 100, "-15", ["5.00", "10.00"], None),
            (["0"], "0", ["0"], 50, "0", ["0.00"], None),
        ]:
            with self.subTest(old=old, new=new, percent=percent):
                bill = bill_of_move(
                    old_prices=[Decimal(price) for price in old],
                    refundable=Decimal(refundable),
                    new_prices=[Decimal(price) for price in new],
                    percent=percent,
                    currency="EUR",
                )
                self.assertEqual(bill.difference, Decimal(difference))
                self.assertEqual([str(refund) for refund in bill.refunds], refunds)
                self.assertEqual(
                    bill.refund_limits and [str(limit) for limit in bill.refund_limits], limits
                )

    def test_bills_have_the_digits_of_their_currency(self):
        for currency, old, new, percent, refunds, limits in [
            ("JPY", ["1001"], ["500"], 50, ["251"], ["250"]),
            ("JPY", ["10.50", "10.50"], ["10", "5"], 100, ["3", "2"], None),  # sold long ago
            ("KWD", ["2.125", "2.125"], ["1", "1"], 50, ["0.563", "0.562"], ["0.501", "0.500"]),
        ]:
            with self.subTest(currency=currency, old=old, new=new):
                seats = Seats(currency, [Decimal(price) for price in old])
                bill = seats.move([Decimal(price) for price in new], percent)
                self.assertEqual([str(refund) for refund in bill.refunds], refunds)
                self.assertEqual(
                    bill.refund_limits and [str(limit) for limit in bill.refund_limits], limits
                )

    @given(moves())
    def test_each_bill_adds_up(self, order):
        currency, prices, to = order
        seats = Seats(currency, prices)
        for new_prices, percent in to:
            old_prices, refundable = seats.prices, total(seats.brings_back(percent))

            bill = seats.move(new_prices, percent)

            self.assertEqual(bill.difference, total(new_prices) - total(old_prices))
            self.assertEqual(bill.refund, total(bill.refunds))
            self.assertTrue(0 <= bill.refund <= min(refundable, max(-bill.difference, 0)))
            for price, refund in zip(old_prices, bill.refunds, strict=True):
                self.assertTrue(0 <= refund <= price)
                self.assertEqual(refund.as_tuple().exponent, -digits_of(currency))
            for price, limit in zip(new_prices, bill.refund_limits or [], strict=False):
                self.assertTrue(0 <= limit <= price)
                self.assertEqual(limit.as_tuple().exponent, -digits_of(currency))

    @given(moves(), percents)
    def test_refunds_never_exceed_the_limit_of_any_move(self, order, last):
        currency, prices, to = order
        seats, refunded, limits = Seats(currency, prices), Decimal(0), []
        for new_prices, percent in to:
            limits.append(refunded + total(seats.brings_back(percent)))
            bill = seats.move(new_prices, percent)
            refunded += bill.refund
            limits = [limit + max(bill.difference, Decimal(0)) for limit in limits]
            self.assertLessEqual(refunded + total(seats.brings_back(100)), min(limits))
        self.assertLessEqual(refunded + total(seats.brings_back(last)), min(limits))

    @given(moves())
    def test_moves_lose_nothing_while_everything_comes_back(self, order):
        currency, prices, to = order
        seats, paid, refunded = Seats(currency, prices), total(prices), Decimal(0)
        for new_prices, _ in to:
            bill = seats.move(new_prices, 100)
            paid += max(bill.difference, Decimal(0))
            refunded += bill.refund
        self.assertEqual(refunded + total(seats.brings_back(100)), paid)

    @given(moves(limit=1))
    def test_moving_there_and_back_never_brings_back_more(self, order):
        currency, prices, [(new_prices, percent)] = order
        seats = Seats(currency, prices)
        without_moves = total(seats.brings_back(percent))
        there = seats.move(new_prices, percent)
        back = seats.move(prices, percent)
        paid_on_top = max(there.difference, Decimal(0)) + max(back.difference, Decimal(0))
        refunded = there.refund + back.refund + total(seats.brings_back(percent))
        self.assertLessEqual(refunded, without_moves + paid_on_top)
