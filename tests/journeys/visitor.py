"""Somebody who talks HTTP to a running service, as a browser would: cookies, forms with their token, JSON."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

import html5lib


class Answer:
    """What came back."""

    def __init__(self, status: int, url: str, headers: Any, body: bytes) -> None:
        self.status, self.url, self.headers, self.body = status, url, headers, body

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def said(self) -> str:
        """What a page says in its main part, without tags."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.text.partition("<main")[2] or self.text).split())

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def id_after(self, part: str) -> str:
        """The id in the first address of the page, or its own, that follows this part."""
        found = re.search(re.escape(part) + r"([0-9a-f-]{36})", self.url + self.text)
        assert found, f"no id after {part} in {self.url}"
        return found.group(1)

    def ids_after(self, part: str) -> list[str]:
        return list(dict.fromkeys(re.findall(re.escape(part) + r"([0-9a-f-]{36})", self.text)))


class _Boundary:
    LINE = "klei-boundary-of-the-tests"


class Visitor:
    """A person at a browser without scripts. Every page is parsed as strictly as HTML allows."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.token = ""
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def log_in(self, email: str, password: str) -> Answer:
        self.get("/login")
        return self.post("/login", email=email, password=password)

    def get(self, path: str, status: int = 200) -> Answer:
        return self._send("GET", path, None, {}, status)

    def post(
        self, path: str, status: int = 200, *, files: dict[str, bytes] | None = None, **fields: Any
    ) -> Answer:
        pairs = [
            (name, value)
            for name, values in fields.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        pairs.append(("csrf_token", self.token))
        if files is None:
            body = urllib.parse.urlencode(
                [(name.replace("__", "-"), value) for name, value in pairs]
            ).encode()
            return self._send(
                "POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"}, status
            )
        parts = [
            f'--{_Boundary.LINE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in pairs
        ]
        for name, content in files.items():
            head = f'--{_Boundary.LINE}\r\nContent-Disposition: form-data; name="{name}"; filename="people.csv"\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{_Boundary.LINE}--\r\n".encode()
        return self._send(
            "POST", path, body, {"Content-Type": f"multipart/form-data; boundary={_Boundary.LINE}"}, status
        )

    def send(self, method: str, path: str, body: Any, status: int = 200) -> Answer:
        headers = {
            "Content-Type": "application/json",
            "X-CSRF-Token": self.token,
            "Accept": "application/json",
        }
        return self._send(method, path, json.dumps(body).encode(), headers, status)

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
    ) -> Answer:
        address = path if path.startswith("http") else self.base + path
        request = urllib.request.Request(address, body, {"Referer": self.base, **headers}, method=method)
        try:
            with self.opener.open(request, timeout=60) as response:
                answer = Answer(response.status, response.url, response.headers, response.read())
        except urllib.error.HTTPError as error:
            answer = Answer(error.code, error.url, error.headers, error.read())
            error.close()
        assert answer.status == status, (
            f"{method} {path} gave {answer.status} instead of {status}: {answer.said[:500]}"
        )
        if answer.headers.get_content_type() == "text/html" and "<html" in answer.text:
            self._look_at(answer)
        return answer

    def _look_at(self, answer: Answer) -> None:
        page = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
        tree = page.parse(answer.text)
        problems = [
            name for _place, name, _details in page.errors if name not in ("unexpected-null-character",)
        ]
        assert not problems, f"{answer.url}: {problems[:5]}"
        assert len(tree.findall(".//h1")) == 1, f"{answer.url} has {len(tree.findall('.//h1'))} h1"
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), (
            f"{answer.url}: ids twice: {[one for one in ids if ids.count(one) > 1][:4]}"
        )
        found = tree.find(".//meta[@name='csrf-token']")
        if found is not None:
            self.token = found.get("content")
