"""Which coding a client accepts, and that a body is compressed once."""

import gzip
from unittest import mock

import brotli
from django.test import SimpleTestCase, override_settings

from core.http import compression
from core.http.compression import choose_coding, encode
from testing.cache import CacheEnabled

LARGE = b'{"seats": "' + b"A1, " * 2000 + b'"}'


class ChoiceTests(SimpleTestCase):
    def assert_chosen(self, coding, *headers, is_large=True):
        for header in headers:
            with self.subTest(header=header):
                self.assertEqual(choose_coding(header, is_large), coding)

    def test_the_highest_weight_wins_and_brotli_among_equals(self):
        self.assert_chosen(
            "br",
            *("br", "gzip, deflate, br, zstd", "gzip, br", "br;q=0.5, gzip;q=0.5", "BR", "*"),
            *("gzip;q=0.8,br;q=0.9", "br ; q=1.000", "gzip;q=0,*", "gzip;q=0.5,*;q=0.7"),
        )
        self.assert_chosen(
            "gzip",
            *("gzip", "x-gzip", "GZip", "gzip;q=1.0", "br;q=0.5, gzip", "gzip, br;q=0"),
            *("deflate, gzip;q=0.001", "gzip;Q=0.3", "\tgzip ;\tq=0.3 ", "br;q=0,*"),
        )

    def test_what_is_not_named_or_has_the_weight_0_is_not_used(self):
        self.assert_chosen(
            "identity",
            *("", "identity", "deflate", "zstd, compress", "gzip;q=0", "gzip;q=0.0, br;q=0.000"),
            *("*;q=0", "identity, gzip;q=0.5", "gzip;q=0.5, identity;q=0.6", ",;, ,", "brotli"),
        )

    def test_a_wrong_weight_leaves_the_coding_out(self):
        self.assert_chosen("gzip", "br;q=2, gzip;q=0.1", "br;q=high, gzip", "br;x=1, gzip")
        self.assert_chosen("identity", "gzip;q=", "gzip;q=-1", "gzip;q=1.001", "gzip;q=0.0001")

    def test_a_small_body_is_compressed_only_for_a_client_that_refuses_it_plain(self):
        for header in ("gzip, br", "*", "gzip;q=1, identity;q=0.1"):
            self.assert_chosen("identity", header, is_large=False)
        self.assert_chosen("gzip", "gzip, identity;q=0", "gzip, *;q=0", is_large=False)

    def test_a_client_that_accepts_nothing_gets_the_plain_body(self):
        self.assert_chosen("identity", "identity;q=0", "*;q=0", "deflate, *;q=0")

    def test_a_long_header_is_read_to_its_end(self):
        header = "deflate;q=0.1," * 1000
        self.assertEqual(encode(LARGE, "1", header + "gzip").coding, "gzip")
        self.assertEqual(encode(LARGE, "1", header + "gzip;q=0").coding, "identity")


class EncodeTests(CacheEnabled, SimpleTestCase):
    def test_each_coding_decodes_to_the_body(self):
        for header, coding, decode in (
            ("gzip", "gzip", gzip.decompress),
            ("br", "br", brotli.decompress),
        ):
            with self.subTest(coding=coding):
                encoded = encode(LARGE, "1", header)
                self.assertEqual((encoded.coding, decode(encoded.body)), (coding, LARGE))
                self.assertLess(len(encoded.body), 300)
        self.assertEqual(encode(LARGE, "1", ""), (LARGE, "identity"))

    def test_a_body_is_compressed_once_for_each_coding(self):
        with mock.patch.object(compression.gzip, "compress", wraps=gzip.compress) as compress:
            for digest in ("1", "1", "2", "1"):
                encode(LARGE, digest, "gzip")
            encode(LARGE, "1", "br")
        self.assertEqual(compress.call_count, 2)

    @override_settings(MEMORY_SECONDS=0)
    def test_without_the_cache_it_is_compressed_each_time(self):
        self.assertEqual(gzip.decompress(encode(LARGE, "1", "gzip").body), LARGE)
        other = LARGE.replace(b"A1", b"B2")
        self.assertEqual(gzip.decompress(encode(other, "1", "gzip").body), other)
