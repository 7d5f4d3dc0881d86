from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from bookings.refunds import Tier, next_change, percent_at, refund_of, shared_out

START = datetime(2026, 11, 27, 20, 15, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
USUAL = [Tier(24, 100), Tier(2, 50)]


def before(hours):
    return START - timedelta(hours=hours)


@st.composite
def rules(draw):
    """Tiers as a cinema may have them, in any order."""
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
cents = st.integers(0, 10**8 - 1).map(lambda amount: Decimal(amount).scaleb(-2))


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

    def test_a_day_is_24_hours_where_the_clocks_change_too(self):
        """In Paris the night to 2026-03-29 has no hour from two to three."""
        paris = ZoneInfo("Europe/Paris")
        starts_at = datetime(2026, 3, 29, 20, 0, tzinfo=paris)
        last = datetime(2026, 3, 28, 19, 0, tzinfo=paris)
        self.assertEqual(percent_at(USUAL, starts_at, last), 100)
        self.assertEqual(percent_at(USUAL, starts_at, last + timedelta(minutes=1)), 50)
        self.assertEqual(next_change(USUAL, starts_at, last), (last.astimezone(UTC), 50))

    @given(rules(), moments)
    def test_it_is_the_percent_of_the_tier_with_the_most_hours_that_has_not_passed(self, rule, now):
        expected = 0 if now >= START or rule else 100
        for tier in sorted(rule):
            if now < START and now <= before(tier.hours_before):
                expected = tier.percent
        self.assertEqual(percent_at(rule, START, now), expected)

    @given(rules(), moments, moments)
    def test_it_never_grows_as_time_goes_by(self, rule, one, other):
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
    def test_until_then_nothing_changes_and_afterwards_it_is_as_said(self, rule, now, part):
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
    def test_the_changes_one_after_another_end_with_nothing_at_the_latest_at_the_start(
        self, rule, now
    ):
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
        for price, percent, most, refund in [
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
            with self.subTest(price=price, percent=percent, most=most):
                most = None if most is None else Decimal(most)
                self.assertEqual(str(refund_of(Decimal(price), percent, most)), refund)

    @given(cents, st.integers(0, 100), st.none() | cents)
    def test_it_is_the_share_to_the_nearest_cent_and_never_too_much(self, price, percent, most):
        refund = refund_of(price, percent, most)
        self.assertEqual(refund.as_tuple().exponent, -2)
        self.assertTrue(0 <= refund <= price)
        if most is not None:
            self.assertLessEqual(refund, most)
        if most is None or refund < most:
            self.assertLessEqual(abs(refund - price * percent / 100), Decimal("0.005"))

    @given(cents, st.integers(0, 100), st.integers(0, 100))
    def test_more_percent_give_no_less(self, price, one, other):
        less, more = sorted([one, other])
        self.assertLessEqual(refund_of(price, less), refund_of(price, more))

    @given(cents)
    def test_all_is_the_price_and_nothing_is_nothing(self, price):
        self.assertEqual((refund_of(price, 100), refund_of(price, 0)), (price, 0))


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
                shared = shared_out(Decimal(amount), [Decimal(price) for price in prices])
                self.assertEqual([str(share) for share in shared], shares)

    def test_what_cannot_be_shared_out_is_a_value_error(self):
        for amount, prices in [
            ("0.01", []),
            ("0.01", ["0.00"]),
            ("20.01", ["10.00", "10.00"]),
            ("-0.01", ["10.00"]),
            ("0.001", ["10.00"]),
            ("1.00", ["10.001"]),
        ]:
            with self.subTest(amount=amount, prices=prices), self.assertRaises(ValueError):
                shared_out(Decimal(amount), [Decimal(price) for price in prices])

    @given(st.lists(cents, max_size=12), st.data())
    def test_the_shares_add_up_and_are_as_the_prices_are_but_for_a_cent(self, prices, data):
        total = sum(prices, Decimal(0))
        amount = Decimal(data.draw(st.integers(0, int(total * 100)))).scaleb(-2)

        shares = shared_out(amount, prices)

        self.assertEqual(len(shares), len(prices))
        self.assertEqual(sum(shares, Decimal(0)), amount)
        for share, price in zip(shares, prices, strict=True):
            self.assertEqual(share.as_tuple().exponent, -2)
            self.assertTrue(0 <= share <= price)
            if total:
                self.assertLess(abs(share - amount * price / total), Decimal("0.01"))

    @given(st.lists(cents, min_size=2, max_size=12), st.data())
    def test_who_paid_more_gets_no_less(self, prices, data):
        amount = Decimal(data.draw(st.integers(0, int(sum(prices) * 100)))).scaleb(-2)
        shares = shared_out(amount, prices)
        by_price = sorted(zip(prices, shares, strict=True), key=lambda pair: pair[0])
        for (price, share), (more, its_share) in zip(by_price, by_price[1:], strict=False):
            if price < more:
                self.assertLessEqual(share, its_share)
