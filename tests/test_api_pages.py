"""The OpenAPI document as it is served, and the pages that show it."""

import json
import re
from unittest.mock import patch

import yaml
from django.test import TestCase


class PagesTests(TestCase):
    def test_the_pages_load_nothing_from_other_hosts(self):
        for path in ["/swagger/", "/redoc/"]:
            page = self.client.get(path).content.decode()
            hosts = re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', page)
            with self.subTest(path=path):
                self.assertEqual(hosts, [])
                self.assertIn("/static/drf_spectacular_sidecar/", page)

    def test_the_scripts_are_served_by_this_site(self):
        for path in ["/swagger/", "/redoc/"]:
            page = self.client.get(path).content.decode()
            assets = re.findall(r'"(/static/[^"]+)"', page)
            self.assertTrue(assets)
            for asset in assets:
                with self.subTest(asset=asset):
                    response = self.client.get(asset)
                    self.assertEqual(response.status_code, 200)
                    self.assertTrue(response.getvalue())  # reads it to its end, which closes it

    def test_swagger_keeps_the_token_after_a_reload(self):
        self.assertContains(self.client.get("/swagger/"), '"persistAuthorization": true')

    def test_swagger_links_to_operations(self):
        self.assertContains(self.client.get("/swagger/"), '"deepLinking": true')

    def test_the_document_is_yaml_unless_json_is_asked_for(self):
        for query, accept, media_type in [
            ("", "*/*", "application/vnd.oai.openapi"),
            ("", "application/json", "application/json"),
            ("", "application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
            ("?format=json", "*/*", "application/json"),
            ("?format=json", "application/yaml", "application/json"),
            ("?format=yaml", "application/json", "application/yaml"),
        ]:
            response = self.client.get(f"/schema/{query}", headers={"Accept": accept})
            with self.subTest(query=query, accept=accept):
                self.assertEqual(response["Content-Type"], media_type)
                read = json.loads if "json" in media_type else yaml.safe_load
                self.assertEqual(
                    read(response.content)["info"]["title"], "Movie Ticket Booking API"
                )

    def test_an_unknown_format_or_parameter_is_refused(self):
        for query, sentence in [
            ("format=xml", "The formats are yaml and json."),
            ("formats=json", "Did you mean format?"),
            ("lang=de", "Unknown query parameter."),
        ]:
            response = self.client.get(f"/schema/?{query}")
            with self.subTest(query=query):
                self.assertEqual(response.status_code, 400)
                self.assertIn(sentence, response.json()["detail"])
        self.assertEqual(self.client.get("/openapi.json?format=yaml").status_code, 400)

    def test_openapi_json_is_minified_and_has_an_etag(self):
        response = self.client.get("/openapi.json")
        self.assertEqual(response["Content-Type"], "application/json")
        minified = json.dumps(response.json(), separators=(",", ":"), ensure_ascii=False)
        self.assertEqual(response.content.decode(), minified)
        again = self.client.get("/openapi.json", headers={"If-None-Match": response["ETag"]})
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.assertEqual(again["ETag"], response["ETag"])

    def test_the_document_is_generated_once(self):
        self.client.get("/openapi.json")
        with patch("core.http.openapi.document.SchemaGenerator") as generator:
            self.client.get("/openapi.json")
            self.client.get("/schema/?format=json")
        generator.assert_not_called()

    def test_the_root_redirects_to_swagger(self):
        self.assertRedirects(self.client.get("/"), "/swagger/")
