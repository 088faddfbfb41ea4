package transform

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
)

// Bounds of an expression: what an administrator types, and what it may cost for a
// record.
const (
	ExpressionMost = 2000 // characters
	nodesMost      = 500
	memoryMost     = 5000 // values made while it runs, as the library counts them
)

// expression gives a value from a delivered record: a path that is copied, or a
// program.
type expression struct {
	source  *found
	at      place
	program *vm.Program
}

// parse reads an expression. The bare path of an attribute copies it, in any case and
// with or without its schema.
func parse(text string, types *scim.Type) (expression, *models.Error) {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return expression{}, unreadable("The mapping has no expression.").WithAdvice("Enter the name of the attribute to take the value from, or an expression over several.")
	case n > ExpressionMost:
		return expression{}, unreadable("The expression has %d characters; at most %d are allowed.", n, ExpressionMost).WithAdvice("Shorten it, or compute a part of it in the identity provider.")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return expression{}, unreadable("The expression has a character that text cannot have.").WithAdvice("Type it anew instead of pasting it.")
	}
	if e, ok, err := copied(text, types); ok || err != nil {
		return e, err
	}
	program, err := compiled(text, types)
	return expression{program: program}, err
}

func unreadable(format string, args ...any) *models.Error {
	return models.Errorf(models.Invalid, "expression", format, args...).WithCode("attributeMappingExpression")
}

// copied recognises the bare path of an attribute.
func copied(text string, types *scim.Type) (expression, bool, *models.Error) {
	path, err := filter.ParsePath(text, filter.Limits{})
	if err != nil {
		return expression{}, false, nil
	}
	f, ok := attributeAt(path.Path, types)
	if !ok {
		return expression{}, false, nil
	}
	at := place{urn: f.urn, name: f.attr.Name}
	if f.sub != nil {
		at.sub = f.sub.Name
	}
	if err := seen(at); err != nil {
		return expression{}, false, err
	}
	if f.attr.MultiValued && at.sub != "" && path.Filter == nil {
		return expression{}, false, nil // a program reads it: the parts of all values
	}
	if path.Filter != nil {
		c, isCompare := path.Filter.(filter.Compare)
		at.kind, _ = c.Value.(string)
		if !isCompare || c.Op != filter.Eq || !strings.EqualFold(c.Path.String(), "type") || at.kind == "" || !f.attr.MultiValued {
			return expression{}, false, unreadable("A value of a list is found by its type alone.").WithAdvice(`Write %s[type eq "work"].value.`, at.name)
		}
	}
	return expression{source: &f, at: at}, true, nil
}

// seen refuses what no directory delivers.
func seen(p place) *models.Error {
	if p.urn != "" {
		return nil
	}
	for _, name := range unseen {
		if name == p.name {
			return unreadable("%s is nothing that an expression can read: Muster itself answers for it.", name).WithAdvice("Use an attribute that the directory sends.")
		}
	}
	return nil
}

// compiled makes a program of an expression that is more than a path.
func compiled(text string, types *scim.Type) (*vm.Program, *models.Error) {
	g := &guard{names: names(types)}
	options := []expr.Option{
		expr.Env(vocabulary(types)), expr.AsAny(), expr.MaxNodes(nodesMost), expr.DisableAllBuiltins(),
		expr.Patch(g), expr.Patch(gentle{}),
	}
	for _, name := range predicates {
		options = append(options, expr.EnableBuiltin(name))
	}
	for _, f := range functions {
		options = append(options, expr.Function(f.Name, f.call))
	}
	for name, f := range operators {
		options = append(options, expr.Function(name, f.call, f.as))
	}
	program, err := safely(func() (*vm.Program, error) { return expr.Compile(text, options...) })
	switch {
	case g.refusal != nil:
		return nil, g.refusal
	case err != nil:
		return nil, unreadable("The expression cannot be read: %s.", sentence(err)).WithAdvice("%s", hint(text))
	}
	return program, nil
}

// hint says what people most often meant.
func hint(text string) string {
	for _, word := range []string{"contains", "startsWith", "endsWith", "matches"} {
		if strings.Contains(strings.ReplaceAll(text, " ", ""), word+"(") {
			return fmt.Sprintf(`%s stands between its two sides: title %s "Lead".`, word, word)
		}
	}
	return "Compare it with the examples beside the form: text stands in double quotes, and functions have round brackets."
}

// run gives the value for a record. It never panics and never takes long.
func (e expression) run(delivered models.Attributes, env map[string]any) (any, error) {
	if e.source != nil {
		return plain(e.at.in(delivered)), nil
	}
	v, err := safely(func() (any, error) {
		machine := vm.VM{MemoryBudget: memoryMost}
		return machine.Run(e.program, env)
	})
	if err != nil {
		return nil, errors.New(sentence(err))
	}
	return v, nil
}

// safely makes a panic an error, which is how the library itself fails at times.
func safely[T any](fn func() (T, error)) (out T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return fn()
}

// sentence is an error of the library in one line, without the excerpt.
func sentence(err error) string {
	text := err.Error()
	if at, ok := errors.AsType[*file.Error](err); ok {
		text = at.Message
		if at.Prev == nil && at.Column > 0 {
			text = fmt.Sprintf("%s (at character %d)", text, at.Column+1)
		}
	}
	text, _, _ = strings.Cut(text, "\n")
	text = strings.ReplaceAll(text, "unexpected token EOF", "it ends too early, so something is missing behind it")
	return strings.TrimSuffix(strings.TrimSpace(text), ".")
}
