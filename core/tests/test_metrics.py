import re

from django.test import TestCase, override_settings


class MetricsTests(TestCase):
    def count(self, name, **labels):
        """Return the value of a counter in /metrics; 0 if it is not there yet."""
        given = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
        with override_settings(DEBUG=True):
            text = self.client.get("/metrics").content.decode()
        found = re.search(rf"^{name}{{{re.escape(given)}}} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0

    def test_requests_are_counted_and_timed_by_route(self):
        labels = {"method": "GET", "route": "api/movies/<int:pk>/"}
        before = self.count("http_requests_total", status="404", **labels)
        timed = self.count("http_request_seconds_count", **labels)

        for pk in (10**6, 10**7):
            self.client.get(f"/api/movies/{pk}/")

        self.assertEqual(self.count("http_requests_total", status="404", **labels), before + 2)
        self.assertEqual(self.count("http_request_seconds_count", **labels), timed + 2)

    def test_errors_are_counted_by_code(self):
        before = self.count("problems_total", code="not_authenticated")
        self.client.get("/api/auth/me/")
        self.assertEqual(self.count("problems_total", code="not_authenticated"), before + 1)

    def test_unknown_methods_are_counted_together(self):
        labels = {"method": "other", "route": "api/auth/login/", "status": "405"}
        before = self.count("http_requests_total", **labels)
        for method in ("BREW", "WHEN"):
            self.client.generic(method, "/api/auth/login/")
        self.assertEqual(self.count("http_requests_total", **labels), before + 2)


class MetricsAccessTests(TestCase):
    def status(self, authorization=""):
        return self.client.get("/metrics", headers={"Authorization": authorization}).status_code

    def test_production_requires_the_token(self):
        with override_settings(METRICS_TOKEN="swordfish"):
            self.assertEqual(self.status("Bearer swordfish"), 200)
            for wrong in ("", "Bearer", "Bearer swordfis", "swordfish", "Bearer schwertfisch é"):
                self.assertEqual(self.status(wrong), 404, wrong)

    def test_without_a_configured_token_only_debug_shows_metrics(self):
        self.assertEqual(self.status(), 404)
        self.assertEqual(self.status("Bearer "), 404)
        with override_settings(DEBUG=True):
            self.assertEqual(self.status(), 200)
