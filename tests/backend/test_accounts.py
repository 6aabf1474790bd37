"""Signing in: only who holds the key gets in."""


def test_a_session_opens_with_the_wallet(user):
    me = user()
    assert me.get("/me").json() == {"address": me.wallet.address}


def test_without_a_session_nothing_private_is_shown(user):
    stranger = user(signed_in=False)
    assert stranger.get("/me").json() is None
    for path in ("/works", "/hits", "/cases"):
        answer = stranger.get(path)
        assert answer.status_code == 401 and answer.json()["code"] == "sign_in"
    stranger.headers = {"Authorization": "Bearer ct_guess"}
    assert stranger.get("/works").status_code == 401


def test_a_nonce_is_good_once(user):
    someone = user(signed_in=False)
    signed = someone.signed_message()
    assert someone.post("/auth/sign-in", signed).status_code == 200
    again = someone.post("/auth/sign-in", signed)
    assert (again.status_code, again.json()["code"]) == (401, "stale_nonce")
    invented = someone.post("/auth/sign-in", someone.signed_message(nonce="abcdefgh12345678"))
    assert invented.json()["code"] == "stale_nonce"


def test_messages_for_others_are_refused(user):
    someone, other = user(signed_in=False), user(signed_in=False)
    wrong_chain = someone.post("/auth/sign-in", someone.signed_message(chain_id=1))
    assert (wrong_chain.status_code, wrong_chain.json()["code"]) == (422, "wrong_chain")
    assert "31337" in wrong_chain.json()["message"]
    phished = someone.post("/auth/sign-in", someone.signed_message(domain="evil.example"))
    assert (phished.status_code, phished.json()["code"]) == (401, "bad_signature")
    stolen = {**someone.signed_message(), "signature": other.signed_message()["signature"]}
    assert someone.post("/auth/sign-in", stolen).json()["code"] == "bad_signature"
    assert someone.post("/auth/sign-in", {"message": "let me in", "signature": "0x"}).json()["code"] == "bad_message"


def test_an_api_key_opens_the_same_account(user):
    me = user()
    key = me.post("/api-keys", {"name": "script"}).json()["key"]
    program = user(signed_in=False)
    program.headers = {"Authorization": f"Bearer {key}"}
    assert program.get("/me").json() == {"address": me.wallet.address}
