package server

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// gatewayPage lists the models, with what was just done to one.
func gatewayPage(s *Server, w http.ResponseWriter, r *request) error {
	p, err := s.gatewayView(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	if did := q.Get("did"); did == "added" || did == "changed" || did == "removed" {
		p.Notice, p.Changed = did, q.Get("model")
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Gateway(b, p) })
}

func (s *Server) gatewayView(r *request) (web.GatewayPage, error) {
	f, _, err := s.frame(r)
	if err != nil {
		return web.GatewayPage{}, err
	}
	p := web.GatewayPage{Frame: f}
	if m, ok := s.Gateway.Default(r.scope.Space()); ok {
		p.Default = m.Name()
	}
	figures := slices.DeleteFunc(s.Gateway.Figures(), func(f gateway.Figure) bool { // of a model of the house they tell of every space
		return f.Space != r.scope.Space() && (f.Space != "" || !r.scope.May(scope.Operate))
	})
	for _, l := range s.Gateway.List(r.scope.Space()) {
		p.Models = append(p.Models, s.modelView(l, figures))
	}
	if len(p.Models) > 0 {
		p.Figures = totals(figures)
	}
	return p, nil
}

// modelView is a model with its figures and how its last test went.
func (s *Server) modelView(l gateway.Listed, figures []gateway.Figure) web.Model {
	m := web.Model{Name: l.Name, Inside: l.Location == gateway.Inside, Context: l.Context, Tokenizer: l.Tokenizer, Can: l.Can, Hash: l.Hash, Fault: l.Fault}
	for _, r := range l.Replicas {
		m.Replicas = append(m.Replicas, replicaView(r, !slices.Contains(l.Missing, r.KeyEnv)))
	}
	if l.Engine != nil {
		m.Replicas = append(m.Replicas, web.Replica{URL: l.Engine.Program(), Dialect: l.Engine.Dialect, RemoteName: l.Engine.RemoteName})
	}
	if l.Declared {
		m.Declared = cmp.Or(s.Settings, "wenyuan.yaml")
	}
	if l.Adapter != nil {
		m.On = l.Adapter.String()
	}
	for _, o := range l.Beside {
		one := web.ModelBeside{Labels: o.Labels, Hash: o.Hash, Fault: o.Fault}
		if o.Adapter != nil {
			one.On = o.Adapter.String()
		}
		m.Beside = append(m.Beside, one)
	}
	if l.Price != nil {
		m.Price = fmt.Sprintf("%s / %s %s", money(l.Price.Input), money(l.Price.Output), l.Price.Currency)
	}
	if t, ok := s.tests.Load(tested{l.Space, l.Name}); ok {
		m.Test = t.(*web.ModelTest)
	}
	for _, f := range figures {
		if f.Model != l.Name || f.Space != l.Space {
			continue
		}
		m.Requests, m.Errors, m.In, m.Out, m.Cost = f.Requests, failures(f), f.Prompt, f.Completion, costs(f.Cost)
		if f.Firsts > 0 {
			m.First = f.First.Microseconds() / f.Firsts
		}
	}
	return m
}

// replicaView is a server of a model as its form has it.
func replicaView(r gateway.Replica, keySet bool) web.Replica {
	amount := func(f float64) string {
		if f == 0 {
			return ""
		}
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return web.Replica{URL: r.URL, Dialect: r.Dialect, RemoteName: r.RemoteName, KeyEnv: r.KeyEnv, KeySet: keySet, Weight: amount(r.Weight), Priority: number0(r.Priority), Region: r.Region, Cost: amount(r.Cost)}
}

func money(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

func failures(f gateway.Figure) (n int64) {
	for _, k := range f.Errors {
		n += k
	}
	return n
}

// costs are amounts in their currencies, which are not added up.
func costs(by map[string]float64) string {
	var out []string
	for _, c := range slices.Sorted(maps.Keys(by)) {
		out = append(out, money(by[c])+" "+c)
	}
	return strings.Join(out, ", ")
}

// totals are the figures of all models together.
func totals(all []gateway.Figure) []web.Figure {
	var requests, errors, in, out, firsts int64
	var first time.Duration
	cost := map[string]float64{}
	for _, f := range all {
		requests, errors, in, out = requests+f.Requests, errors+failures(f), in+f.Prompt, out+f.Completion
		first, firsts = first+f.First, firsts+f.Firsts
		for c, n := range f.Cost {
			cost[c] += n
		}
	}
	figures := []web.Figure{{Name: "requests", Value: grouped(requests)}, {Name: "errors", Value: grouped(errors)}, {Name: "in", Value: grouped(in)}, {Name: "out", Value: grouped(out)}}
	if len(cost) > 0 {
		figures = append(figures, web.Figure{Name: "cost", Value: costs(cost)})
	}
	if firsts > 0 {
		mean := first.Seconds() / float64(firsts)
		figure := web.Figure{Name: "first", Value: strconv.FormatFloat(mean, 'f', 2, 64), Unit: "s"}
		if mean < 1 {
			figure.Value, figure.Unit = strconv.FormatFloat(1000*mean, 'f', 0, 64), "ms"
		}
		figures = append(figures, figure)
	}
	return figures
}

// grouped writes a number with its digits by thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// discoverForm looks for servers of models on this machine, which nothing else does.
func discoverForm(s *Server, w http.ResponseWriter, r *request) error {
	p, err := s.gatewayView(r)
	if err != nil {
		return err
	}
	p.Looked, p.Path = true, "/gateway"
	for _, spec := range s.Gateway.Discover(r.Context(), r.scope.Space()) {
		p.Found = append(p.Found, s.modelView(gateway.Listed{Spec: spec}, nil))
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Gateway(b, p) })
}

// A tested is a model that was tried: of a space, or of the house.
type tested struct{ space, name string }

func (s *Server) testedAs(r *request, name string) tested {
	if m, ok := s.Gateway.Get(r.scope.Space(), name); ok {
		return tested{m.Space(), name}
	}
	return tested{r.scope.Space(), name}
}

// testForm tries a model and keeps how it went until the program ends.
func testForm(s *Server, w http.ResponseWriter, r *request) error {
	name := r.PathValue("model")
	report, err := s.Gateway.Test(r.Context(), r.scope.Space(), name)
	if wenyuan.CodeOf(err) == wenyuan.Conflict {
		return s.gatewayProblem(w, r, err)
	}
	if err != nil {
		return err
	}
	t := &web.ModelTest{At: time.Now().UnixMicro()}
	for _, c := range report.Checks {
		view := web.ModelCheck{What: c.What, URL: c.URL, Took: c.Took, First: c.First, Dimensions: c.Dimensions}
		if !c.OK {
			view.Problem = &web.Problem{Message: c.Message, Hint: c.Hint}
		}
		t.Checks = append(t.Checks, view)
	}
	s.tests.Store(s.testedAs(r, name), t)
	return seeOther(w, r, "/gateway#"+url.PathEscape(web.Model{Name: name}.Anchor()))
}

// gatewayProblem is the list under what went wrong.
func (s *Server) gatewayProblem(w http.ResponseWriter, r *request, why error) error {
	p, err := s.gatewayView(r)
	if err != nil {
		return err
	}
	said, status := explain(why, r.id)
	view := problemView(said)
	p.Problem, p.Path = &view, "/gateway"
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Gateway(b, p) })
}

// dropModelForm takes a model away.
func dropModelForm(s *Server, w http.ResponseWriter, r *request) error {
	name := r.PathValue("model")
	err := s.Gateway.Remove(r.Context(), r.scope, name)
	if code := wenyuan.CodeOf(err); code == wenyuan.Conflict || code == wenyuan.Denied {
		return s.gatewayProblem(w, r, err)
	}
	if err != nil {
		return err
	}
	s.tests.Delete(tested{r.scope.Space(), name})
	return seeOther(w, r, "/gateway?"+url.Values{"did": {"removed"}, "model": {name}}.Encode())
}

// modelPage is the form of one model, or of a new one.
func modelPage(s *Server, w http.ResponseWriter, r *request) error {
	f, _, err := s.frame(r)
	if err != nil {
		return err
	}
	p, now, err := s.modelForm(r)
	if err != nil {
		return err
	}
	p.Frame = f
	p.fill(now, now, nil, nil)
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Model(b, p.ModelPage) })
}

// A modelEdit is the page of one model with what it holds now.
type modelEdit struct{ web.ModelPage }

func (s *Server) modelForm(r *request) (p modelEdit, now gateway.Spec, err error) {
	name := r.PathValue("model")
	if name == "" {
		p.New = true
		return p, now, nil
	}
	l, err := s.listed(r, name)
	p.Model = s.modelView(l, nil)
	return p, l.Spec, err
}

// saveModelForm declares a model, or gives its form back with what is wrong under each field.
func saveModelForm(s *Server, w http.ResponseWriter, r *request) error {
	f, _, err := s.frame(r)
	if err != nil {
		return err
	}
	p, now, err := s.modelForm(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	p.Frame = f
	spec, faults := readSpec(r.PostForm, now.Name)
	if r.PostForm.Get("do") == "row" {
		p.fill(now, spec, r.PostForm, nil)
		p.Replicas = append(p.Replicas, web.ReplicaDraft{Replica: web.Replica{Dialect: gateway.OpenAI}})
		return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Model(b, p.ModelPage) })
	}
	if _, err := s.listed(r, spec.Name); p.New && err == nil {
		faults["name"] = &web.Fault{Key: "taken", Args: []any{spec.Name}}
	}
	if len(faults) == 0 {
		err := s.Gateway.Put(r.Context(), r.scope, spec)
		if err == nil {
			did := map[bool]string{true: "added", false: "changed"}[p.New]
			return seeOther(w, r, "/gateway?"+url.Values{"did": {did}, "model": {spec.Name}}.Encode())
		}
		code := wenyuan.CodeOf(err)
		if code != wenyuan.Invalid && code != wenyuan.Denied && code != wenyuan.Conflict {
			return err
		}
		said, _ := explain(err, r.id)
		view := problemView(said)
		p.Form.Problem = &view
	}
	p.fill(now, spec, r.PostForm, faults)
	return s.show(w, r, http.StatusBadRequest, func(b io.Writer) error { return s.web.Model(b, p.ModelPage) })
}

// readSpec reads a model from its form. Rows without an address are left out; the name of a
// model that is there already stays.
func readSpec(form url.Values, name string) (gateway.Spec, map[string]*web.Fault) {
	faults := map[string]*web.Fault{}
	spec := gateway.Spec{Name: cmp.Or(name, strings.TrimSpace(form.Get("name"))), Location: form.Get("location"), Tokenizer: strings.TrimSpace(form.Get("tokenizer")), Can: form["can"]}
	at := func(field string, i int) string {
		if all := form[field]; i < len(all) {
			return strings.TrimSpace(all[i])
		}
		return ""
	}
	for i := range form["url"] {
		if at("url", i) != "" {
			x := gateway.Replica{URL: at("url", i), Dialect: at("dialect", i), RemoteName: at("remote_name", i), KeyEnv: at("key_env", i), Region: at("region", i)}
			readShare(&x, func(field string) string { return at(field, i) }, func(field, key string) {
				faults[fmt.Sprintf("replicas[%d].%s", len(spec.Replicas), field)] = &web.Fault{Key: key}
			})
			spec.Replicas = append(spec.Replicas, x)
		}
	}
	if s := strings.TrimSpace(form.Get("context")); s != "" {
		n, err := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
		if err != nil {
			faults["context"] = &web.Fault{Key: "whole"}
		}
		spec.Context = n
	}
	for name := range strings.FieldsFuncSeq(form.Get("fallback"), func(c rune) bool { return c == ',' || c == '，' || c == '、' || c == '\n' }) {
		if name = strings.TrimSpace(name); name != "" {
			spec.Fallback = append(spec.Fallback, name)
		}
	}
	spec.Price = readPrice(form, faults)
	if spec.Name == "" {
		faults["name"] = &web.Fault{Key: "needed"}
	}
	if len(spec.Replicas) == 0 {
		faults["replicas[0].url"] = &web.Fault{Key: "needed"}
	}
	for _, bad := range spec.WithDefaults().Faults() {
		field := bad.Field
		if strings.HasPrefix(field, "fallback") {
			field = "fallback" // one field holds them all
		}
		if field != "" && faults[field] == nil {
			faults[field] = &web.Fault{Problem: &web.Problem{Message: bad.Text}}
		}
	}
	return spec, faults
}

// readShare reads by what requests are shared out among replicas; bad is told what is no number.
func readShare(x *gateway.Replica, get func(field string) string, bad func(field, key string)) {
	for field, to := range map[string]*float64{"weight": &x.Weight, "cost": &x.Cost} {
		if text := get(field); text != "" {
			f, err := strconv.ParseFloat(text, 64)
			if err != nil || f != f {
				bad(field, "number")
				continue
			}
			*to = f
		}
	}
	if text := get("priority"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			bad("priority", "whole")
		}
		x.Priority = n
	}
}

// readPrice reads what a million tokens cost; nil where nothing is said.
func readPrice(form url.Values, faults map[string]*web.Fault) *gateway.Price {
	amount := func(name string) float64 {
		s := strings.TrimSpace(form.Get(name))
		if s == "" {
			return 0
		}
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			faults[name] = &web.Fault{Key: "number"}
		}
		return f
	}
	p := gateway.Price{Input: amount("price_in"), Output: amount("price_out"), Currency: strings.TrimSpace(form.Get("currency"))}
	if p == (gateway.Price{}) {
		return nil
	}
	return &p
}

// abilities are what a model can be declared for.
var abilities = []string{gateway.Chat, gateway.Tools, gateway.JSONSchema, gateway.Judging, gateway.Embeddings, gateway.Rerank, gateway.Moderation}

// fill shows a draft of a model beside what holds now.
func (p *modelEdit) fill(now, spec gateway.Spec, raw url.Values, faults map[string]*web.Fault) {
	if !p.New {
		p.Form.Live = p.Model.Hash
	}
	field := func(name, kind string, show func(gateway.Spec) string) web.Field {
		f := web.Field{Name: name, Kind: kind, Draft: show(spec), Fault: faults[name]}
		if !p.New {
			f.Live = show(now)
		}
		if f.Fault != nil && raw != nil {
			f.Draft = held(raw, name)
		}
		return f
	}
	location := field("location", "choice", func(s gateway.Spec) string { return s.Location })
	for _, v := range []string{gateway.Inside, gateway.Outside} {
		location.Options = append(location.Options, web.Option{Value: v, Word: "choice." + v, Live: v == location.Live, Chosen: v == location.Draft})
	}
	if p.New {
		location.Options = slices.Insert(location.Options, 0, web.Option{Word: "choice.byaddress", Chosen: location.Draft == ""})
	}
	can := web.Field{Name: "can", Kind: "many", Fault: faults["can"]}
	for _, v := range abilities {
		can.Options = append(can.Options, web.Option{Value: v, Word: "can." + v, Live: !p.New && slices.Contains(now.Can, v), Chosen: slices.Contains(spec.Can, v) || p.New && raw == nil && v == gateway.Chat})
	}
	context := field("context", "number", func(s gateway.Spec) string { return number0(s.Context) })
	model := web.Group{Name: "model", Fields: []web.Field{location, can, context, field("tokenizer", "text", func(s gateway.Spec) string { return s.Tokenizer }), field("fallback", "text", func(s gateway.Spec) string { return strings.Join(s.Fallback, ", ") })}}
	if p.New {
		model.Fields = slices.Insert(model.Fields, 0, field("name", "text", func(s gateway.Spec) string { return s.Name }))
	}
	for from, to := range map[string]string{"price": "price_in", "price.currency": "currency"} {
		if f := faults[from]; f != nil && faults[to] == nil {
			faults[to] = f
		}
	}
	price := web.Group{Name: "price", Fields: []web.Field{
		field("price_in", "number", func(s gateway.Spec) string {
			return amountOf(s.Price, func(p *gateway.Price) float64 { return p.Input })
		}),
		field("price_out", "number", func(s gateway.Spec) string {
			return amountOf(s.Price, func(p *gateway.Price) float64 { return p.Output })
		}),
		field("currency", "text", func(s gateway.Spec) string {
			if s.Price == nil {
				return ""
			}
			return s.Price.Currency
		}),
	}}
	p.Form.Groups = []web.Group{model, price}
	p.Replicas = replicaDrafts(now, spec, p.Model, faults)
	p.holdRaw(raw)
}

func number0(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func amountOf(p *gateway.Price, of func(*gateway.Price) float64) string {
	if p == nil {
		return ""
	}
	return strconv.FormatFloat(of(p), 'f', -1, 64)
}

// replicaDrafts are the servers of a draft, and an empty row for one more.
func replicaDrafts(now, spec gateway.Spec, m web.Model, faults map[string]*web.Fault) []web.ReplicaDraft {
	view := func(r gateway.Replica) web.Replica {
		set := slices.ContainsFunc(m.Replicas, func(o web.Replica) bool { return o.KeyEnv == r.KeyEnv && o.KeySet })
		return replicaView(r, set)
	}
	var out []web.ReplicaDraft
	for i, r := range spec.Replicas {
		d := web.ReplicaDraft{Replica: view(r), Fault: map[string]*web.Fault{}}
		if i < len(now.Replicas) {
			live := view(now.Replicas[i])
			d.Live = &live
		}
		for _, field := range []string{"url", "dialect", "remote_name", "key_env", "weight", "priority", "region", "cost"} {
			if f := faults[fmt.Sprintf("replicas[%d].%s", i, field)]; f != nil {
				d.Fault[field] = f
			}
		}
		out = append(out, d)
	}
	empty := web.ReplicaDraft{Replica: web.Replica{Dialect: gateway.OpenAI}, Fault: map[string]*web.Fault{}}
	if f := faults["replicas[0].url"]; f != nil && len(out) == 0 {
		empty.Fault["url"] = f
	}
	return append(out, empty)
}

// holdRaw puts what was typed in the place of what could not be read.
func (p *modelEdit) holdRaw(raw url.Values) {
	row := 0
	for i, address := range raw["url"] {
		if strings.TrimSpace(address) == "" || row >= len(p.Replicas) {
			continue
		}
		d := &p.Replicas[row]
		for field, to := range map[string]*string{"weight": &d.Weight, "priority": &d.Priority, "cost": &d.Cost} {
			if d.Fault[field] != nil && i < len(raw[field]) {
				*to = raw[field][i]
			}
		}
		row++
	}
}
