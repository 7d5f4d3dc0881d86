from django.test import RequestFactory, SimpleTestCase, override_settings
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from config.wsgi import with_plain_address


class ProxyTests(SimpleTestCase):
    """X-Forwarded-* is believed from the proxies that are named, and from nobody else."""

    def seen(self, trusted, **headers):
        seen = {}

        def application(environ, start_response):
            seen.update(environ)

        environ = RequestFactory().get("/", headers=headers).environ
        wrap_wsgi_with_proxy_headers(application, trusted)(environ, None)
        return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]

    FORWARDED = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9", "X-Forwarded-Proto": "https"}

    def test_nobody_is_believed_unless_named(self):
        self.assertEqual(self.seen([], **self.FORWARDED), ("127.0.0.1", "http"))

    def test_a_named_proxy_says_who_called_it_and_how(self):
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
        ]:
            seen = {}
            environ = {"REMOTE_ADDR": forwarded}
            with_plain_address(lambda environ, _, seen=seen: seen.update(environ))(environ, None)
            self.assertEqual(seen["REMOTE_ADDR"], address)
