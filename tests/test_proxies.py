import importlib
import io

from django.test import RequestFactory, SimpleTestCase, override_settings
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from config import wsgi
from config.environment import networks
from core.http.wsgi import normalize_requests


class NormalizedRequestTests(SimpleTestCase):
    """The request as Django gets it."""

    def seen(self, **environ):
        seen = {}
        normalize_requests(lambda environ, _: seen.update(environ))(environ, None)
        return seen

    def test_a_charset_is_dropped(self):
        for content_type in [
            "application/json; charset=hex",
            "application/json;charset=utf-8",
            "application/json; charset*=bogus''%ff",
        ]:
            self.assertEqual(
                self.seen(CONTENT_TYPE=content_type)["CONTENT_TYPE"], "application/json"
            )

    def test_a_chunked_body_is_read_up_to_the_limit(self):
        seen = self.seen(HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": io.BytesIO(b"{}")})
        self.assertEqual((seen["CONTENT_LENGTH"], seen["wsgi.input"].read()), ("2", b"{}"))

    @override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10)
    def test_a_chunked_body_that_is_too_large_is_read_only_past_the_limit(self):
        body = io.BytesIO(b"x" * 100)
        seen = self.seen(HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": body})
        self.assertEqual(seen["CONTENT_LENGTH"], "11")


class ProxyTests(SimpleTestCase):
    """X-Forwarded-* is trusted only from TRUSTED_PROXIES."""

    def seen(self, trusted, **headers):
        seen = {}

        def application(environ, start_response):
            seen.update(environ)

        environ = RequestFactory().get("/", headers=headers).environ
        wrap_wsgi_with_proxy_headers(application, trusted)(environ, None)
        return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]

    FORWARDED = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9", "X-Forwarded-Proto": "https"}

    def client_seen(self, peer, forwarded, trusted):
        """Return the address that the application sees, through all wrappers."""
        with self.settings(TRUSTED_PROXIES=trusted):
            application = importlib.reload(wsgi).application
        environ = RequestFactory().get("/api/nope/", headers={"X-Forwarded-For": forwarded}).environ
        environ["REMOTE_ADDR"] = peer
        application(environ, lambda status, headers: None)
        return environ["REMOTE_ADDR"]

    def test_every_spelling_of_a_proxy_and_a_hop_is_recognised(self):
        client = "203.0.113.9"
        for peer, forwarded in [
            ("::ffff:10.0.0.1", client),
            ("::FFFF:0a00:1", client),
            ("10.0.0.1", f"::ffff:{client}"),
            ("10.0.0.1", f"{client}:4711"),
            ("10.0.0.1", f"[::ffff:{client}]:4711"),
            ("10.0.0.1", f"6.6.6.6, {client}, 10.0.0.2:80, ::ffff:10.0.0.3, [::ffff:10.0.0.4]:80"),
            ("::ffff:10.0.0.1", f"{client} , ,10.0.0.2,"),
            ("2001:0db8::0001", client),
            ("2001:db8::1", f"{client}, [2001:DB8::1]:443"),
            ("fd00::1%eth0", client),
        ]:
            with self.subTest(peer=peer, forwarded=forwarded):
                trusted = ["10.0.0.0/8", "2001:db8::1", "fd00::/8"]
                self.assertEqual(self.client_seen(peer, forwarded, trusted), client)

    def test_one_ipv6_client_has_one_spelling(self):
        for text in ("2001:DB8:0:0::9", "[2001:db8::9]", "[2001:db8::9]:4711", "2001:db8::9%eth0"):
            with self.subTest(text):
                self.assertEqual(self.client_seen("10.0.0.1", text, ["10.0.0.1"]), "2001:db8::9")
                self.assertEqual(self.client_seen(text, "6.6.6.6", ["10.0.0.1"]), "2001:db8::9")

    def test_a_hop_that_is_no_address_hides_the_client(self):
        for text in (
            "6.6.6.6, unknown",
            "6.6.6.6, 999.1.1.1",
            "6.6.6.6, _secret:80",
            "\xff",
            "::g",
        ):
            with self.subTest(text):
                self.assertEqual(self.client_seen("10.0.0.1", text, ["10.0.0.1"]), "0.0.0.0")

    def test_a_mapped_address_of_a_stranger_is_not_trusted(self):
        seen = self.client_seen("::ffff:11.0.0.1", "6.6.6.6", ["10.0.0.0/8"])
        self.assertEqual(seen, "11.0.0.1")

    def test_a_trusted_network_may_be_written_as_mapped(self):
        self.assertEqual(
            networks("::ffff:10.0.0.0/104, ::ffff:10.0.0.1, ::1, 10.0.0.0/8"),
            ["10.0.0.0/8", "10.0.0.1/32", "::1", "10.0.0.0/8"],
        )

    def test_no_proxy_is_trusted_by_default(self):
        self.assertEqual(self.seen([], **self.FORWARDED), ("127.0.0.1", "http"))

    def test_a_trusted_proxy_forwards_address_and_scheme_of_the_client(self):
        expected = ("203.0.113.9", "https")
        self.assertEqual(self.seen(["127.0.0.1"], **self.FORWARDED), expected)
        self.assertEqual(self.seen(["127.0.0.0/8"], **self.FORWARDED), expected)

    @override_settings(TRUSTED_PROXIES=["127.0.0.1"])
    def test_the_application_is_wrapped_with_the_setting(self):
        with self.settings(TRUSTED_PROXIES=["127.0.0.1"]):
            application = importlib.reload(wsgi).application
        answers = []
        environ = RequestFactory().get("/api/nope/", headers=self.FORWARDED).environ
        application(environ, lambda status, headers: answers.append(status))
        self.assertEqual(environ["REMOTE_ADDR"], "203.0.113.9")
        self.assertEqual(answers, ["404 Not Found"])

    def test_a_request_id_is_believed_from_a_trusted_proxy_only(self):
        trusted = ["127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"]
        for peer, is_believed in [
            ("127.0.0.1", True),
            ("::ffff:10.1.2.3", True),
            ("::1", True),
            ("fd00::7%eth0", True),
            ("203.0.113.9", False),
            ("::ffff:11.0.0.1", False),
            ("2001:db8::1", False),
            ("", False),
            ("unix", False),
        ]:
            with self.subTest(peer=peer):
                self.assertEqual(self.id_answered(peer, trusted) == "proxy-7", is_believed)
        self.assertNotEqual(self.id_answered("127.0.0.1", []), "proxy-7")

    def id_answered(self, peer, trusted):
        """Return the X-Request-ID of the answer; the client claims to be a proxy, too."""
        with self.settings(TRUSTED_PROXIES=trusted):
            application = importlib.reload(wsgi).application
        headers = {"X-Request-ID": "proxy-7", "X-Forwarded-For": "10.0.0.1"}
        environ = RequestFactory().get("/api/nope/", headers=headers).environ
        environ["REMOTE_ADDR"] = peer
        found = {}
        application(environ, lambda status, headers: found.update(headers))
        self.assertRegex(found["X-Request-ID"], r"^([0-9a-f]{32}|proxy-7)$")
        return found["X-Request-ID"]

    def test_a_port_behind_the_address_is_dropped(self):
        for forwarded, address in [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("unknown", "0.0.0.0"),
            ("999.1.1.1", "0.0.0.0"),
        ]:
            seen = {}
            environ = {"REMOTE_ADDR": forwarded}
            normalize_requests(lambda environ, _, seen=seen: seen.update(environ))(environ, None)
            self.assertEqual(seen["REMOTE_ADDR"], address)
