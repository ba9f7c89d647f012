"""Parameters of an address."""

from links.escape import escape, unescape


def query_of(address):
    """The part behind the question mark."""
    return address.partition("?")[2]


def parse_query(address):
    """The parameters of an address."""
    found = {}
    for pair in query_of(address).split("&"):
        name, sign, value = pair.partition("=")
        if name and value:
            found[unescape(name)] = [unescape(value)]
    return found


def build_query(parameters):
    """Parameters as a query, without the question mark."""
    pairs = []
    for name, value in parameters.items():
        values = value if isinstance(value, list) else [value]
        pairs += [f"{escape(name)}={escape(str(one))}" for one in values]
    return "&".join(pairs)


def with_parameter(address, name, value):
    """The address with one parameter set, or removed with None."""
    parameters = parse_query(address)
    if value is None:
        parameters.pop(name, None)
    else:
        parameters[name] = [str(value)]
    base = address.partition("?")[0]
    query = build_query(parameters)
    return f"{base}?{query}" if query else base
