"""The secret scan of `make lint`, and that it finds what it should."""

from detect_secrets.settings import default_settings

from bench.secrets import findings, found


def test_no_secret_is_tracked():
    assert list(found()) == []


def test_a_real_looking_key_is_found_wherever_it_stands(tmp_path):
    token = "110201543:" + "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"[:35].ljust(35, "x")
    key = "-----BEGIN " + "RSA PRIVATE KEY-----"
    (tmp_path / "settings.py").write_text(f'TOKEN = "{token}"\nKEY = """{key}\n"""\n')
    with default_settings():
        kinds = {line.rsplit(": ")[-1] for line in findings(tmp_path / "settings.py", meant=True)}
    assert kinds == {"Telegram Bot Token", "Private Key"}
