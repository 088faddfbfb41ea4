package filter

// Values gives what a document has at a path, as comparisons see it: the values of
// a multi-valued attribute one by one, a complex value as its value. Empty ones are
// left out.
func Values(p Path, doc map[string]any, types Lookup) []any {
	return plainValues(getter(p, types, Path{}).from(doc))
}

// ValuesWhere gives what those values of a complex attribute have at sub that
// satisfy a filter; a nil filter takes all.
func ValuesWhere(p Path, where Expr, sub string, doc map[string]any, types Lookup) []any {
	accept := func(map[string]any) bool { return true }
	if where != nil {
		accept = CompileValue(where, types, p)
	}
	get := getter(Path{Name: sub}, types, Path{URN: p.URN, Name: p.Name})
	var out []any
	for _, v := range list(getter(p, types, Path{}).from(doc)) {
		if value := asValue(v); accept(value) {
			out = append(out, plainValues(get.from(value))...)
		}
	}
	return out
}

func plainValues(v any) []any {
	var out []any
	for _, item := range list(v) {
		if x := plain(item); present(x) {
			out = append(out, x)
		}
	}
	return out
}
