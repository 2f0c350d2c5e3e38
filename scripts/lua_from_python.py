"""Writes calls of PyTorch in Lua's spelling, so that a fixture runs the same code on both sides.

    lua("x = torch.ones(2, 3); x.sum(dim=-1)")  ->  'x = torch.ones(2, 3); return x:sum({dim = -1})'
"""

import ast

MODULES = {"torch", "F", "nn", "torch.linalg", "torch.special", "torch.autograd", "math"}
OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "^",
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "~",
}
WORDS = {"repeat", "end", "function", "local", "and", "or", "not", "then", "until"}


def lua(source):
    """Statements of calls, attributes, operators and assignments; the value of the last one is returned."""
    statements = ast.parse(source).body
    lines = [statement(s, is_last=s is statements[-1]) for s in statements]
    return "; ".join(lines)


def statement(node, is_last):
    if isinstance(node, ast.Assign):
        (target,) = node.targets
        if isinstance(target, ast.Subscript):
            return f"{expression(target)} = {expression(node.value)}"
        if isinstance(target, ast.Attribute):
            return f"{expression(target.value)}.{target.attr} = {expression(node.value)}"
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        return f"{', '.join(n.id for n in names)} = {expression(node.value)}"
    text = expression(node.value)
    if is_last:
        return f"return {text}"
    return text if isinstance(node.value, ast.Call) else f"local _ = {text}"


def expression(node):
    match node:
        case ast.Constant(value=None):
            return "nil"
        case ast.Constant(value=bool(value)):
            return str(value).lower()
        case ast.Constant(value=str(value)):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case ast.Constant(value=value):
            return repr(value)
        case ast.Name(id=name):
            return name
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return "{" + ", ".join(map(expression, items)) + "}"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return "-" + expression(operand)
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            return "~" + expression(operand)
        case ast.BinOp(left=left, op=operator, right=right):
            return f"({expression(left)} {OPERATORS[type(operator)]} {expression(right)})"
        case ast.Attribute():
            return f"{expression(node.value)}.{node.attr}"
        case ast.Subscript(value=value, slice=index):
            return f"{expression(value)}[{subscript(index)}]"
        case ast.Call():
            return call(node)
    raise SyntaxError(ast.dump(node))


def call(node):
    if isinstance(node.func, ast.Name) and node.func.id == "float":
        return {"inf": "math.huge", "-inf": "-math.huge", "nan": "torch.nan"}[node.args[0].value]
    arguments = [expression(a) for a in node.args]
    if node.keywords:
        arguments.append("{" + ", ".join(f"{k.arg} = {expression(k.value)}" for k in node.keywords) + "}")
    match node.func:
        case ast.Attribute(value=owner, attr=name) if ast.unparse(owner) not in MODULES:
            receiver = expression(owner)
            if name in WORDS:
                return f'{receiver}["{name}"]({", ".join([receiver] + arguments)})'
            return f"{receiver}:{name}({', '.join(arguments)})"
    return f"{expression(node.func)}({', '.join(arguments)})"


def subscript(index):
    items = index.elts if isinstance(index, ast.Tuple) else [index]
    texts = [element(item) for item in items]
    return texts[0] if len(texts) == 1 and not texts[0].startswith("{") else "{" + ", ".join(texts) + "}"


def element(item):
    match item:
        case ast.Slice(lower=lower, upper=upper, step=step):
            parts = [ast.unparse(p) if p else "" for p in (lower, upper)] + ([ast.unparse(step)] if step else [])
            return '"' + ":".join(parts) + '"'
        case ast.Constant(value=value) if value is ...:
            return '"..."'
        case ast.Constant(value=None):
            return '"None"'
        case ast.List():
            return f"torch.tensor({expression(item)})"
    return expression(item)
