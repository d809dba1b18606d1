"""The mutants: what is changed in src/, kind by kind."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass

from .code import Source

KINDS = {
    "cell": "of the state machines: an allowed one is refused, a refused one allowed",
    "rule": "of the tables of frames, settings, pseudo-fields and verdicts",
    "policy": "each flag of each profile turned",
    "limit": "each default one more, one less",
    "check": "each early end taken away: the condition of its if is never true, its TRY goes on",
    "branch": "each other if is never taken",
    "term": "each operand of && and || left out",
    "border": "each < <= > >= moved by one",
}


@dataclass
class Mutant:
    kind: str
    file: str
    function: str
    line: str  # its text
    number: int
    first: int
    last: int
    text: str  # in place of first..last
    what: str
    around: str  # a hash of the function or table
    key: str = ""
    used_by: str = ""  # the one file that uses what is changed in a header, when it is one

    def __str__(self):
        return f"{self.kind:6} {self.file}:{self.number} {self.function}: {self.line}  [{self.what}]"


def mutant(kind, source, first, last, text, what=None):
    line, number = source.line(first)
    if what is None:
        what = f"{' '.join(source.text[first:last].split())} -> {' '.join(text.split())}"
    around = hashlib.sha256(source.around(first).encode()).hexdigest()[:16]
    return Mutant(kind, source.name, source.function(first), line, number, first, last, text, what, around)


def in_lines(source, pattern):
    """Each line that matches: where it begins, and its text."""
    at = 0
    for line in source.text.split("\n"):
        if re.search(pattern, line):
            yield at, line
        at += len(line) + 1


def cells(source):
    if source.name == "src/stream/machine.c":
        for at, line in in_lines(source, r"^\s+(\[H2_STREAM_\w+\] = \{ )?(TO|XX|CC)\b"):
            for found in re.finditer(r"TO\(\w+, \w+\)|\bXX\b|\bCC\b", line):
                other = "TO(O, NONE)" if not found.group().startswith("TO") else "XX"
                row = source.text[:at + found.start()].rsplit("[H2_", 1)[1].split("]")[0]
                column = source.text[:at + found.start()].rsplit("{", 1)[1]
                column = len(re.findall(r"TO\(|\bXX\b|\bCC\b", column))
                yield mutant("cell", source, at + found.start(), at + found.end(), other,
                             f"{row} {column}: {found.group()} -> {other}")
    if source.name == "src/connection/states.c":
        for at, line in in_lines(source, r"^\s+\[H2_CONNECTION_\w+\] =\s+\{.*\},$"):
            for column, found in enumerate(re.finditer(r"(?<=[ {])(NO|CO|SO|C|I)(?=[, ])", line)):
                other = "SO" if found.group() == "NO" else "NO"
                yield mutant("cell", source, at + found.start(), at + found.end(), other,
                             f"{column}: {found.group()} -> {other}")


def verdict_rules(source):
    for at, line in in_lines(source, r"\[H2_RULE_\w+\] ="):
        for column, found in enumerate(re.finditer(r"\{ (IGNORE|STREAM|CONNECTION), (\w+) \}", line)):
            profile, (scope, code) = ("RFC", "Python")[column], found.groups()
            others = [{"IGNORE": "CONNECTION, PROTO", "STREAM": f"CONNECTION, {code}", "CONNECTION": f"STREAM, {code}"}[scope]]
            if scope != "IGNORE":
                others.append(f"{scope}, {'FLOW' if code != 'FLOW' else 'SIZE'}")
            for other in others:
                yield mutant("rule", source, at + found.start(), at + found.end(), f"{{ {other} }}",
                             f"{profile}: {scope}, {code} -> {other}")


def frame_rules(source):
    for at, line in in_lines(source, r"\[H2_FRAME_\w+\] = \{H2_FRAME_ID"):
        for old, new in (("ID_STREAM", "ID_ANY"), ("ID_CONNECTION", "ID_ANY"), ("ID_ANY", "ID_STREAM"),
                         ("LENGTH_EXACT", "LENGTH_LEAST"), ("LENGTH_MULTIPLE", "LENGTH_LEAST"), ("LENGTH_LEAST", "LENGTH_EXACT")):
            if old in line:
                first = at + line.index(old)
                yield mutant("rule", source, first, first + len(old), new)
        found = re.search(r"LENGTH_\w+, (\d+)", line)
        for by in (-1, 1):
            if found and int(found.group(1)) + by >= 0:
                yield mutant("rule", source, at + found.start(1), at + found.end(1), str(int(found.group(1)) + by),
                             f"{found.group()} {by:+}")


def setting_rules(source):
    for at, line in in_lines(source, r'^\s+\{\d+, (true|false), .*"[A-Z_0-9]{6,}"'):
        for column, found in enumerate(re.finditer(r"\b(\d+|0x\w+)\b(?=,)|\btrue\b|\bfalse\b|H2_CODE_\w+|UINT32_MAX", line)):
            old = found.group()
            if old in ("true", "false"):
                others = ["false" if old == "true" else "true"]
            elif old.startswith("H2_CODE"):
                others = ["H2_CODE_INTERNAL_ERROR"]
            else:
                others = [f"({old} {by})" for by in ("+ 1", "- 1") if (old, by) not in (("UINT32_MAX", "+ 1"), ("0", "- 1"))]
            for other in others:
                yield mutant("rule", source, at + found.start(), at + found.end(), other, f"{column}: {old} -> {other}")


def field_rules(source):
    for at, line in in_lines(source, r"^\s+\[ROW_\w+\] = \{"):
        before = set()  # what is required already may be required or allowed again
        for column, found in enumerate(re.finditer(r"(?<=, )([A-Z][A-Z |]+|0)(?=,)", line)):
            for bit in ("METHOD", "SCHEME", "AUTHORITY", "PATH", "STATUS", "PROTOCOL"):
                if bit not in before:
                    yield mutant("rule", source, at + found.start(), at + found.end(), f"({found.group()}) ^ {bit}",
                                 f"{('required', 'required strictly', 'allowed')[column]}: ^ {bit}")
            before.update(re.findall(r"[A-Z]+", found.group()))


def rules(source):
    makers = {"src/connection/verdict.c": verdict_rules, "src/frame/frame.h": frame_rules,
              "src/stream/settings.c": setting_rules, "src/field/rules.c": field_rules}
    if source.name in makers:
        yield from makers[source.name](source)


def policies(source):
    if source.name == "src/base/policy.c":
        for found in re.finditer(r"(?<== )(true|false)(?=,)", source.text):
            yield mutant("policy", source, found.start(), found.end(), "false" if found.group() == "true" else "true")


def limits(source):
    if source.name != "src/base/limits.h":
        return
    for at, line in in_lines(source, r"^\s+X\(\w+, [^,]+, [^)]+\)"):
        found = re.match(r"^\s+X\(\w+, ([^,]+), ([^)]+)\)", line)
        for group, by in ((group, by) for group in (1, 2) for by in ("+ 1", "- 1")):
            if (found.group(group), by) != ("UINT32_MAX", "+ 1"):
                made = mutant("limit", source, at + found.start(group), at + found.end(group), f"(({found.group(group)}) {by})",
                              f"{('RFC', 'Python')[group - 1]} {by}")
                made.used_by = "src/base/limits.c"
                yield made


def checks(source):
    for first, last, ends in source.conditions():
        body = source.code[last:source.code.find(";", last)]
        if ends and re.search(r"return (H2_ERROR_NO_MEMORY|NULL|false)$", body) and re.search(
                r"^!?\w+( == NULL)?$", source.code[first:last]):
            continue  # an allocation failed: what follows crashes, and each one fails in the tests
        yield mutant("check" if ends else "branch", source, first, last, f"({source.text[first:last]}) && 0", "never")
    for found in re.finditer(r"(?<=\n)\s+TRY\(", source.code):
        first = found.end() - 4
        yield mutant("check", source, first, first + 3, "(void)", "goes on")


def terms(source):
    for first, last, operator in source.operands():
        kept = source.text[first:last]
        # The operand is still worked out, for what it does besides.
        yield mutant("term", source, first, last, f" (({kept}), {1 if operator == '&&' else 0}) ",
                     f"{operator} without {' '.join(kept.split())}")


def is_same_at_border(code, found):
    """The lesser or greater of two: at the border both are the same."""
    side = r"((?:[\w.\[\]*+/ -]|->|\(\w+\))+?)"
    before = re.search(side[:-2] + r")$", code[code.rfind("\n", 0, found.start()) + 1:found.start() - 1])
    after = re.match(side + r"(?:\) (.*);| \? " + side + " : " + side + r"[;,)])", code[found.end() + 1:])
    if not before or not after:
        return False
    one, other = re.sub(r"^.*?(=|return|[+-]=) |^ *", "", before.group(1)).strip(), after.group(1).strip()
    if after.group(2):
        return after.group(2) in (f"{one} = {other}", f"{other} = {one}")
    return {one, other} == {after.group(3).strip(), after.group(4).strip()}


def borders(source):
    for found in re.finditer(r"(?<= )(<=|>=|<|>)(?= )", source.code):
        if is_same_at_border(source.code, found):
            continue
        other = {"<=": "<", "<": "<=", ">": ">=", ">=": ">"}[found.group()]
        before = re.search(r"[^\s!(]*$", source.text[:found.start() - 1]).group()
        after = re.match(r"[^\s;]*", source.text[found.end() + 1:]).group()
        yield mutant("border", source, found.start(), found.end(), other,
                     f"{before} {found.group()} {after} -> {other}")


def all_mutants(root):
    found = []
    for path in sorted((root / "src").rglob("*.[ch]")):
        if path.name in ("huffman_table.c", "static_table.c"):
            continue  # written by a script
        source = Source(str(path.relative_to(root)), path.read_text())
        for maker in (cells, rules, policies, limits, checks, terms, borders):
            found += maker(source)
    seen = Counter()
    for m in found:
        m.key = f"{m.kind}: {m.file}: {m.function}: {m.line} [{m.what}]"
        seen[m.key] += 1
        if seen[m.key] > 1:
            m.key += f" #{seen[m.key]}"
    return found
