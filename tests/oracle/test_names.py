"""Names of places: one name, one hash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.names import BadNameError, canonical_host, canonical_url, host_of, join_url, name_hash, site_of


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
        # As browsers read them:
        ("http://a.test/x/../y/./z", "http://a.test/y/z"),
        ("http://a.test/pub/../private/x.jpg", "http://a.test/private/x.jpg"),
        ("http://a.test/pub/%2e%2E/private/x.jpg", "http://a.test/private/x.jpg"),
        ("http://a.test/../../x", "http://a.test/x"),
        ("http:\\\\a.test\\x\\y", "http://a.test/x/y"),
        ("http:/a.test/x", "http://a.test/x"),
        ("  http://a.test/x\n\ty ", "http://a.test/xy"),
        ("http://a%2etest/", "http://a.test/"),
        ("http://a.example\\@b.example/", "http://a.example/@b.example/"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://a.test/a[1].jpg", "http://a.test/a[1].jpg"),
        ("http://a.test/%c3%bc?q=%c3", "http://a.test/%C3%BC?q=%C3"),
        ("http://a.test/%7Euser/%41%2d%2Ejpg", "http://a.test/~user/A-.jpg"),
        ("http://a.test/a%2Fb", "http://a.test/a%2Fb"),
        ("http://a.test/?x=1&y=%7E#z", "http://a.test/?x=1&y=%7E"),
        ("http://a.test/?", "http://a.test/"),
        ("http://a.test:0080/", "http://a.test/"),
        ("http://a.test/100%", "http://a.test/100%"),
        ("http://a.test/" + "x" * 8000, "http://a.test/" + "x" * 8000),
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
        "http://a b/",
        "http://a.test:99999/",
        "http://a.test/" + "x" * 8200,
        "http://a.test/" + "ü" * 2000,
        "http://\ud800.test/",
        "data:image/png;base64,AA",
    ],
)
def test_what_is_no_address_of_the_web_is_refused(said):
    with pytest.raises(BadNameError):
        canonical_url(said)


@given(st.text(max_size=60), st.sampled_from(["", "http://a.test", "https://b.test/x/", "http:"]))
def test_an_address_that_is_read_once_stays_as_it_is(text, start):
    try:
        url = canonical_url(start + text)
    except BadNameError:
        return
    assert canonical_url(url) == url and url.isascii()
    assert host_of(url) == canonical_host(host_of(url))


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("\\img\\a.jpg", "http://a.test/img/a.jpg"),
        ("//b.test/x", "http://b.test/x"),
        ("?q", "http://a.test/dir/page?q"),
        ("../x y.jpg", "http://a.test/x%20y.jpg"),
        ("", "http://a.test/dir/page"),
    ],
)
def test_what_a_page_says_is_joined_as_browsers_do(said, url):
    assert join_url("http://a.test/dir/page", said) == url


def test_the_hash_does_not_see_case_dots_or_ports():
    assert name_hash("Example.com.") == name_hash(host_of("https://example.com:443/x"))
    assert name_hash("example.com").hex() != name_hash("www.example.com").hex()
