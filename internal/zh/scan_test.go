package zh

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A room is one package, with what a form may be put together from.
type room struct {
	set    *token.FileSet
	files  []*ast.File
	funcs  map[string]*ast.FuncDecl
	consts map[string]ast.Expr
	said   map[string]string
}

func (r *room) add(f *ast.File) {
	r.files = append(r.files, f)
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			r.funcs[d.Name.Name] = d
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && len(v.Values) == len(v.Names) {
					for i, n := range v.Names {
						r.consts[n.Name] = v.Values[i]
					}
				}
			}
		}
	}
}

func (r *room) read() {
	for _, f := range r.files {
		for _, d := range f.Decls {
			fn, _ := d.(*ast.FuncDecl)
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CompositeLit:
					r.literal(fn, n)
				case *ast.AssignStmt:
					r.assignment(fn, n)
				case *ast.CallExpr:
					for _, at := range spoken[typeName(n.Fun)] {
						if at < len(n.Args) {
							r.note(fn, n.Args[at])
						}
					}
				case *ast.ReturnStmt:
					r.returned(fn, n)
				}
				return true
			})
		}
	}
}

func (r *room) literal(fn *ast.FuncDecl, n *ast.CompositeLit) {
	kind := typeName(n.Type)
	for i, e := range n.Elts {
		name, value := "", e
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				name, value = id.Name, kv.Value
			}
		} else if i < len(order[kind]) {
			name = order[kind][i]
		}
		if slices.Contains(fields[kind], name) {
			r.note(fn, value)
		}
	}
}

func (r *room) assignment(fn *ast.FuncDecl, n *ast.AssignStmt) {
	if len(n.Lhs) != len(n.Rhs) {
		return
	}
	for i, l := range n.Lhs {
		if s, ok := l.(*ast.SelectorExpr); ok && (s.Sel.Name == "Message" || s.Sel.Name == "Hint" || s.Sel.Name == "Reason") {
			r.note(fn, n.Rhs[i])
		}
		if id, ok := l.(*ast.Ident); ok && id.Name == "reason" && n.Tok == token.ADD_ASSIGN {
			r.note(fn, &ast.BinaryExpr{X: l, OpPos: n.Pos(), Op: token.ADD, Y: n.Rhs[i]})
		}
	}
}

// returned reads what a function gives back under the name of a field.
func (r *room) returned(fn *ast.FuncDecl, n *ast.ReturnStmt) {
	if fn == nil || fn.Type.Results == nil {
		return
	}
	at := 0
	for _, result := range fn.Type.Results.List {
		for _, name := range result.Names {
			if at < len(n.Results) && (name.Name == "reason" || name.Name == "hint") {
				r.note(fn, n.Results[at])
			}
			at++
		}
	}
}

// note keeps the forms that an expression may have, save those without a word.
func (r *room) note(fn *ast.FuncDecl, e ast.Expr) {
	for _, form := range r.forms(fn, e, 0) {
		text := verb.ReplaceAllString(form, "")
		if r.said[form] == "" && strings.ContainsFunc(text, letter) && strings.Contains(strings.TrimSpace(form), " ") {
			r.said[form] = r.set.Position(e.Pos()).String()
		}
	}
}

func letter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// forms are the texts that an expression may be, with %s for what is not known.
func (r *room) forms(fn *ast.FuncDecl, e ast.Expr, depth int) []string {
	if depth > 8 {
		return []string{"%s"}
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil {
			return []string{strings.ReplaceAll(s, "%", "%%")}
		}
	case *ast.ParenExpr:
		return r.forms(fn, e.X, depth)
	case *ast.BinaryExpr:
		return product(r.forms(fn, e.X, depth+1), r.forms(fn, e.Y, depth+1))
	case *ast.CallExpr:
		return r.call(fn, e, depth)
	case *ast.Ident:
		return r.named(fn, e.Name, depth)
	}
	return []string{"%s"}
}

func product(a, b []string) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

// call reads fmt.Sprintf; what the command line says with say is in both languages
// already.
func (r *room) call(fn *ast.FuncDecl, e *ast.CallExpr, depth int) []string {
	switch name := typeName(e.Fun); {
	case name == "say":
		return nil
	case name == "Sprintf":
		if lit, ok := e.Args[0].(*ast.BasicLit); ok {
			if form, err := strconv.Unquote(lit.Value); err == nil {
				return []string{form}
			}
		}
	case r.funcs[name] != nil && !ast.IsExported(name):
		return append(r.results(r.funcs[name], depth), "%s")
	}
	return []string{"%s"}
}

// results are the forms of what a function of one text gives back.
func (r *room) results(fn *ast.FuncDecl, depth int) (out []string) {
	if fn.Type.Results == nil || len(fn.Type.Results.List) != 1 || typeName(fn.Type.Results.List[0].Type) != "string" {
		return nil
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
			out = append(out, r.forms(fn, ret.Results[0], depth+2)...)
		}
		return true
	})
	return out
}

// named follows a name to a constant, to what is given to a parameter, or to what a
// variable holds.
func (r *room) named(fn *ast.FuncDecl, name string, depth int) []string {
	if fn == nil {
		return r.constant(name, depth)
	}
	at := 0
	for _, p := range fn.Type.Params.List {
		for _, n := range p.Names {
			if n.Name == name {
				if typeName(p.Type) != "string" || ast.IsExported(fn.Name.Name) {
					return []string{"%s"}
				}
				return r.given(fn.Name.Name, at, depth)
			}
			at++
		}
	}
	if out := r.held(fn, name, depth); len(out) > 0 {
		return out
	}
	return r.constant(name, depth)
}

func (r *room) constant(name string, depth int) []string {
	if v, ok := r.consts[name].(*ast.BasicLit); ok && v.Kind == token.STRING {
		return r.forms(nil, v, depth+1)
	}
	return []string{"%s"}
}

// given are the forms of an argument over all calls of a function.
func (r *room) given(callee string, at, depth int) []string {
	out := map[string]bool{}
	for _, f := range r.files {
		for _, d := range f.Decls {
			caller, _ := d.(*ast.FuncDecl)
			ast.Inspect(d, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok && typeName(c.Fun) == callee && at < len(c.Args) {
					for _, form := range r.forms(caller, c.Args[at], depth+1) {
						out[form] = true
					}
				}
				return true
			})
		}
	}
	if len(out) == 0 {
		out["%s"] = true
	}
	return slices.Sorted(maps.Keys(out))
}

// held are the forms of what a function puts into a variable.
func (r *room) held(fn *ast.FuncDecl, name string, depth int) (out []string) {
	ast.Inspect(fn, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for i, l := range a.Lhs {
			id, ok := l.(*ast.Ident)
			switch {
			case !ok || id.Name != name:
			case len(a.Lhs) != len(a.Rhs):
				out = append(out, "%s")
			default:
				out = append(out, r.forms(fn, a.Rhs[i], depth+1)...)
			}
		}
		return true
	})
	return out
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return typeName(e.X)
	}
	return ""
}
