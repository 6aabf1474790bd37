"""Names of places: one name, one hash."""

import pytest

from oracle.names import BadNameError, canonical_host, canonical_url, host_of, name_hash, site_of


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ("WWW.Example.COM.", "www.example.com"),
        ("straße.de", "xn--strae-oqa.de"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("192.0.2.7", "192.0.2.7"),
    ],
)
def test_hosts_have_one_form(said, host):
    assert canonical_host(said) == host


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www.shop.example.co.uk", "example.co.uk"),
        ("alice.github.io", "alice.github.io"),
        ("blog.alice.github.io", "alice.github.io"),
        ("www.alpenladen.example", "alpenladen.example"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_site_is_the_registrable_domain_private_suffixes_included(host, site):
    assert site_of(host) == site


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("HTTPS://User:pw@Www.Example.com:443/a b?x=1#part", "https://www.example.com/a%20b?x=1"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com:8080/ü", "http://example.com:8080/%C3%BC"),
        ("https://example.com/a%20b", "https://example.com/a%20b"),
    ],
)
def test_urls_have_one_form(said, url):
    assert canonical_url(said) == url
    assert canonical_url(url) == url


@pytest.mark.parametrize(
    "said",
    [
        "",
        "ftp://example.com/",
        "javascript:alert(1)",
        "http://",
        "http://a..b/",
        "//x.y/z",
        "http://127.1/",
        "http://a.example\\@b.example/",
    ],
)
def test_what_is_no_address_of_the_web_is_refused(said):
    with pytest.raises(BadNameError):
        canonical_url(said)


def test_the_hash_does_not_see_case_dots_or_ports():
    assert name_hash("Example.com.") == name_hash(host_of("https://example.com:443/x"))
    assert name_hash("example.com").hex() != name_hash("www.example.com").hex()
