"""C as far as mutants need it: what is code and not a comment, which function a place is in, what a condition's operands
are."""

import re

NOISE = re.compile(
    r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|^[ \t]*\#(?:\\\n|[^\n])*""", re.S | re.M)
HEAD = re.compile(r"^(?=[A-Za-z])[^\n;=]*?\b(\w+)\(|^(?:static )?const [^\n=]*?\b(\w+)(?:\[| = \{)"
                  r"|^#define (\w+)\(", re.M)
EXIT = re.compile(r"\b(return|continue|break|goto)\b[^;{}]*;\s*$")


def blank(text):
    """The same with blanks for comments, literals and directives: places stay what they are."""
    return NOISE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


class Source:
    def __init__(self, name, text):
        self.name, self.text, self.code = name, text, blank(text)
        self.heads = [(found.start(), found.group(found.lastindex)) for found in HEAD.finditer(text)]

    def function(self, at):
        """The function or table that a place is in."""
        inside = [name for start, name in self.heads if start <= at]
        return inside[-1] if inside else "-"

    def around(self, at):
        """The text of the function or table that a place is in, with what stands between it and the next."""
        first = max((start for start, _ in self.heads if start <= at), default=0)
        last = min((start for start, _ in self.heads if start > at), default=len(self.text))
        return self.text[first:last]

    def line(self, at):
        """The line's text and its number."""
        start = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        return " ".join(self.text[start:end].split()), self.text.count("\n", 0, at) + 1

    def closing(self, at):
        """The place of what closes the bracket there."""
        depth = 0
        for place in range(at, len(self.code)):
            depth += (self.code[place] in "([{") - (self.code[place] in ")]}")
            if depth == 0:
                return place
        return len(self.code)

    def conditions(self):
        """(first, behind the last) of each condition of an if, and whether it guards an early end."""
        for found in re.finditer(r"\bif \(", self.code):
            first, last = found.end(), self.closing(found.end() - 1)
            body = last + 1 + re.match(r"\s*", self.code[last + 1:]).end()
            end = self.closing(body) if self.code[body] == "{" else self.code.find(";", body) + 1
            yield first, last, bool(EXIT.search(self.code[body:end].lstrip("{")))

    def operands(self):
        """(first, behind the last, operator) of each operand of && and ||."""
        seen = set()
        for found in re.finditer(r"&&|\|\|", self.code):
            for first, last in ((self.left(found.start()), found.start()), (found.end(), self.right(found.end()))):
                if (first, last) not in seen and self.code[first:last].strip():
                    seen.add((first, last))
                    yield first, last, found.group()

    def left(self, at):
        depth = 0
        for place in range(at - 1, -1, -1):
            char = self.code[place]
            depth += (char in ")]}") - (char in "([{")
            if depth < 0 or (depth == 0 and self.ends_operand(place)):
                return place + 1
        return 0

    def right(self, at):
        depth = 0
        for place in range(at, len(self.code)):
            char = self.code[place]
            depth += (char in "([{") - (char in ")]}")
            if depth < 0 or (depth == 0 and self.ends_operand(place)):
                return place
        return len(self.code)

    def ends_operand(self, place):
        code = self.code
        if code[place] in ",;?{}" or code[max(0, place - 1):place + 1] in ("&&", "||") or code[place:place + 2] in ("&&", "||"):
            return True
        if code[place] == ":" or code[max(0, place - 5):place + 1] == "return":
            return True
        return code[place] == "=" and code[place - 1] not in "=!<>" and code[place + 1] != "="
