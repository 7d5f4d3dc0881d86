import io

from django.test import RequestFactory, SimpleTestCase, override_settings
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

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

    def test_no_proxy_is_trusted_by_default(self):
        self.assertEqual(self.seen([], **self.FORWARDED), ("127.0.0.1", "http"))

    def test_a_trusted_proxy_forwards_address_and_scheme_of_the_client(self):
        expected = ("203.0.113.9", "https")
        self.assertEqual(self.seen(["127.0.0.1"], **self.FORWARDED), expected)
        self.assertEqual(self.seen(["127.0.0.0/8"], **self.FORWARDED), expected)

    @override_settings(TRUSTED_PROXIES=["127.0.0.1"])
    def test_the_application_is_wrapped_with_the_setting(self):
        import importlib

        from config import wsgi

        with self.settings(TRUSTED_PROXIES=["127.0.0.1"]):
            application = importlib.reload(wsgi).application
        answers = []
        environ = RequestFactory().get("/api/nope/", headers=self.FORWARDED).environ
        application(environ, lambda status, headers: answers.append(status))
        self.assertEqual(environ["REMOTE_ADDR"], "203.0.113.9")
        self.assertEqual(answers, ["404 Not Found"])

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
