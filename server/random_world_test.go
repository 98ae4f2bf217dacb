package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan/app"
	"wenyuan/server"
)

// How large the world is.
const (
	worldPeople = 200
	worldGroups = 40
	worldDocs   = 2000
	perSpace    = 3 // corpora
)

// A world is a house full of people, and the model of what its rules say.
type world struct {
	house
	rng    *rand.Rand
	round  uint64
	people []*somebody
	groups []*circle
	docs   []*paper
	spaces []string
	root   string // the operator's key
	doors  []server.Door

	mu     sync.Mutex
	pool   map[string][]string // ids that were seen in replies, by what they name
	counts map[string]int      // by door and status
	faulty map[string]int      // faults by door
	seen   int                 // secrets that were shown rightly
}

type somebody struct {
	name, key string
	roles     map[string]string // by space
	disabled  bool
}

type circle struct {
	name    string
	members []string // person:a, group:b
}

type paper struct {
	id, space, corpus, source, secret, topic string
	own, file, hand                          []string // readers by layer; nil: the layer says nothing
}

// readers are those of the strongest layer that says something.
func (p *paper) readers() []string {
	for _, layer := range [][]string{p.hand, p.own, p.file} {
		if layer != nil {
			return layer
		}
	}
	return []string{"space"}
}

// may is the model of the rules.
func (w *world) may(s *somebody, p *paper) bool {
	if s.disabled {
		return false
	}
	role := s.roles[p.space]
	if role == "owner" {
		return true
	}
	for _, r := range p.readers() {
		kind, name, _ := strings.Cut(r, ":")
		switch {
		case r == "public", r == "space" && role != "", kind == "person" && name == s.name, kind == "group" && w.in(s, name, 0):
			return true
		}
	}
	return false
}

// in says whether somebody is in a group, through others too.
func (w *world) in(s *somebody, group string, depth int) bool {
	if depth > worldGroups {
		return false
	}
	for _, g := range w.groups {
		if g.name != group {
			continue
		}
		for _, m := range g.members {
			kind, name, _ := strings.Cut(m, ":")
			if kind == "person" && name == s.name || kind == "group" && w.in(s, name, depth+1) {
				return true
			}
		}
	}
	return false
}

var (
	secretWord = regexp.MustCompile(`zq[0-9]{5}x`)
	topicWords = strings.Fields("pump valve turbine salary leave contract invoice audit recipe budget travel insurance warranty training server backup printer router garden kitchen")
)

// newWorld makes people, groups, rules and documents by chance.
func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{spaces: []string{"main", "lab", "shop"}, house: openWith(t, app.Config{Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))}), rng: rand.New(rand.NewPCG(seed, 0)), doors: server.Doors(), pool: map[string][]string{}, counts: map[string]int{}, faulty: map[string]int{}}
	for i := range worldPeople {
		s := &somebody{name: fmt.Sprintf("p%03d", i), roles: map[string]string{}}
		for _, space := range w.spaces {
			if w.rng.IntN(2) == 0 {
				s.roles[space] = []string{"viewer", "asker", "asker", "asker", "reviewer", "editor", "owner"}[min(6, w.rng.IntN(12))]
			}
		}
		w.people = append(w.people, s)
	}
	for i := range worldGroups {
		g := &circle{name: fmt.Sprintf("g%02d", i)}
		for range 1 + w.rng.IntN(6) {
			g.members = append(g.members, "person:"+w.somebody().name)
		}
		if i > 0 && w.rng.IntN(2) == 0 {
			g.members = append(g.members, "group:"+w.groups[w.rng.IntN(i)].name)
		}
		slices.Sort(g.members)
		g.members = slices.Compact(g.members)
		w.groups = append(w.groups, g)
	}
	for i := range worldDocs {
		space := w.rng.IntN(len(w.spaces))
		p := &paper{space: w.spaces[space], corpus: fmt.Sprintf("%s-c%d", w.spaces[space], w.rng.IntN(perSpace)), secret: fmt.Sprintf("zq%05dx", i), topic: topicWords[w.rng.IntN(len(topicWords))]}
		folder := w.rng.IntN(5)
		p.source = fmt.Sprintf("f%d/%s-%s.md", folder, p.topic, p.secret)
		if folder > 2 {
			p.file = w.fileReaders(p.corpus, folder)
		}
		if w.rng.IntN(3) == 0 {
			p.own = w.someReaders()
		}
		w.docs = append(w.docs, p)
	}
	return w
}

// fileReaders are what the .access file of a folder says: the same for all of its documents.
func (w *world) fileReaders(corpus string, folder int) []string {
	r := rand.New(rand.NewPCG(uint64(folder), uint64(len(corpus))*31+uint64(corpus[len(corpus)-1])))
	return []string{fmt.Sprintf("group:g%02d", r.IntN(worldGroups)), fmt.Sprintf("person:p%03d", r.IntN(worldPeople))}
}

func (w *world) somebody() *somebody { return w.people[w.rng.IntN(len(w.people))] }

// someReaders are readers by chance.
func (w *world) someReaders() []string {
	out := []string{}
	for range 1 + w.rng.IntN(3) {
		switch w.rng.IntN(10) {
		case 0:
			out = append(out, "space")
		case 1:
			out = append(out, "public")
		case 2, 3, 4:
			out = append(out, "person:"+w.somebody().name)
		default:
			out = append(out, "group:"+w.groups[w.rng.IntN(len(w.groups))].name)
		}
	}
	return out
}

// call makes a request within the process.
func (w *world) call(key, space, method, address, kind string, body []byte) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "http://localhost"+address, bytes.NewReader(body))
	req.RemoteAddr = "127.0.0.1:1"
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if space != "" {
		req.Header.Set("Wenyuan-Space", space)
	}
	req.Header.Set("Accept", "application/json, text/event-stream")
	rec := httptest.NewRecorder()
	if strings.Contains(address, "/gateway/live") { // streams that go on as long as somebody reads
		ctx, leave := context.WithTimeout(req.Context(), 20*time.Millisecond)
		defer leave()
		req = req.WithContext(ctx)
	}
	func() {
		defer func() { // how a reply ends that has begun and whose reader has left
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				panic(p)
			}
		}()
		w.Server.Handler().ServeHTTP(rec, req)
	}()
	return rec
}

// must is a request of the operator that has to succeed.
func (w *world) must(t *testing.T, operator, space, method, address string, body, out any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	rec := w.call(operator, space, method, address, "application/json", b)
	if rec.Code != http.StatusOK {
		t.Fatalf("%s %s %s: %d %s", method, address, b, rec.Code, rec.Body)
	}
	if out != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), out); err != nil {
			t.Fatal(err)
		}
	}
}

// settle puts the world into the house.
func (w *world) settle(t *testing.T) {
	t.Helper()
	var first struct{ Key string }
	w.must(t, "", "", "POST", "/api/init", map[string]any{"name": "root"}, &first)
	w.root = first.Key
	root := w.root
	for _, space := range w.spaces[1:] {
		w.must(t, root, "", "POST", "/api/spaces", map[string]any{"name": space}, nil)
	}
	for _, s := range w.people {
		w.must(t, root, "", "POST", "/api/people", map[string]any{"name": s.name, "space": ""}, nil)
		for space, role := range s.roles {
			w.must(t, root, space, "PUT", "/api/spaces/"+space+"/members/person:"+s.name, map[string]any{"role": role}, nil)
		}
		var k struct{ Key string }
		w.must(t, root, "", "POST", "/api/keys", map[string]any{"person": s.name}, &k)
		s.key = k.Key
	}
	for _, g := range w.groups {
		w.must(t, root, "", "POST", "/api/groups", map[string]any{"name": g.name, "members": g.members}, nil)
	}
	byCorpus := map[string][]*paper{}
	for _, p := range w.docs {
		byCorpus[p.corpus] = append(byCorpus[p.corpus], p)
	}
	for _, name := range slices.Sorted(maps.Keys(byCorpus)) {
		w.fill(t, root, name, byCorpus[name])
	}
	for _, p := range w.docs {
		if w.rng.IntN(10) == 0 {
			w.grant(t, p)
		}
	}
	for _, space := range w.spaces {
		w.must(t, root, space, "PUT", "/api/assistants/desk-"+space, map[string]any{"corpora": []string{space + "-c0", space + "-c1"}, "extractive": true}, nil)
	}
	w.pool["assistant"] = append(w.pool["assistant"], "desk-main", "desk-lab", "desk-shop")
}

// fill adds a corpus with its .access files.
func (w *world) fill(t *testing.T, root, name string, papers []*paper) {
	t.Helper()
	space, _, _ := strings.Cut(name, "-")
	var pairs []string
	for _, folder := range []int{3, 4} {
		pairs = append(pairs, fmt.Sprintf("f%d/.access", folder), "read: "+strings.Join(w.fileReaders(name, folder), ", ")+"\n")
	}
	for _, p := range papers {
		text := fmt.Sprintf("# The %s %s\n\nThe %s number is %s. It is checked by the %s office every month.\n", p.topic, p.secret, p.topic, p.secret, p.topic)
		if p.own != nil {
			text = "---\naccess: " + strings.Join(p.own, ", ") + "\n---\n" + text
		}
		pairs = append(pairs, p.source, text)
	}
	kind, body := form(t, pairs...)
	rec := w.call(root, space, "POST", "/api/corpora/"+name+"/documents", kind, []byte(body))
	var a added
	if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil || rec.Code != http.StatusOK {
		t.Fatalf("%d %s %v", rec.Code, rec.Body, err)
	}
	ids := map[string]string{}
	for _, d := range a.Documents {
		ids[d.Source] = d.ID
		if d.State != "ready" {
			t.Fatalf("%s is %s: %s", d.Source, d.State, d.Reason)
		}
	}
	for _, p := range papers {
		if p.id = ids[p.source]; p.id == "" {
			t.Fatalf("%s was not added", p.source)
		}
		w.pool["document"] = append(w.pool["document"], p.id)
	}
	w.pool["corpus"] = append(w.pool["corpus"], name)
}

// grant sets the readers of a document by hand, in the house and in the model.
func (w *world) grant(t *testing.T, p *paper) {
	t.Helper()
	p.hand = w.someReaders()
	w.must(t, w.root, p.space, "POST", "/api/grants", map[string]any{"on": p.id, "read": p.hand}, nil)
}

// change changes rules, groups, roles and places between two rounds.
func (w *world) change(t *testing.T) {
	t.Helper()
	root := w.root
	w.round++
	for range 20 {
		p := w.docs[w.rng.IntN(len(w.docs))]
		switch w.rng.IntN(5) {
		case 0, 1:
			w.grant(t, p)
		case 2:
			g := w.groups[w.rng.IntN(len(w.groups))]
			m := "person:" + w.somebody().name
			if i := slices.Index(g.members, m); i >= 0 {
				w.must(t, root, "", "DELETE", "/api/groups/"+g.name+"/members/"+m, nil, nil)
				g.members = slices.Delete(g.members, i, i+1)
			} else {
				w.must(t, root, "", "POST", "/api/groups/"+g.name+"/members", map[string]any{"members": []string{m}}, nil)
				g.members = append(g.members, m)
			}
		case 3:
			s, space := w.somebody(), w.spaces[w.rng.IntN(len(w.spaces))]
			if _, ok := s.roles[space]; ok {
				w.must(t, root, space, "DELETE", "/api/spaces/"+space+"/members/person:"+s.name, nil, nil)
				delete(s.roles, space)
			} else {
				w.must(t, root, space, "PUT", "/api/spaces/"+space+"/members/person:"+s.name, map[string]any{"role": "asker"}, nil)
				s.roles[space] = "asker"
			}
		case 4: // into a folder with a rule, or out of one
			folder := w.rng.IntN(5)
			to := fmt.Sprintf("f%d/%s", folder, path.Base(p.source))
			if to == p.source {
				continue
			}
			w.must(t, root, p.space, "POST", "/api/documents/"+p.id+"/move", map[string]any{"source": to}, nil)
			p.source, p.file = to, nil
			if folder > 2 {
				p.file = w.fileReaders(p.corpus, folder)
			}
		}
	}
	s := w.somebody()
	s.disabled = !s.disabled
	w.must(t, root, "", "PATCH", "/api/people/"+s.name, map[string]any{"disabled": s.disabled}, nil)
}
