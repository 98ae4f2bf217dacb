package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"wenyuan/server"
)

// TestRandomAccess: whatever 200 people ask for through any door of the house, nobody ever sees
// a word of the 2,000 documents that a simple model of the rules keeps from them. Doors are found
// in the table of routes, so a new one is tried without being named here.
//
// By default it makes 4,000 requests; make soak-access makes 100,000. WENYUAN_SEED repeats a run.
func TestRandomAccess(t *testing.T) {
	t.Parallel()
	seed, requests := number(t, "WENYUAN_SEED", rand.Uint64()), number(t, "WENYUAN_REQUESTS", 4000)
	t.Logf("WENYUAN_SEED=%d, %d requests", seed, requests)
	w := newWorld(t, seed)
	w.settle(t)
	var wg sync.WaitGroup
	const walkers = 4
	for range 10 { // the rules change between the rounds, not within
		for walker := range uint64(walkers) {
			wg.Go(func() {
				w.walk(t, rand.New(rand.NewPCG(seed+w.round, walker)), requests/walkers/10)
			})
		}
		wg.Wait()
		w.change(t)
	}
	w.report(t)
}

func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// walk tries doors by chance.
func (w *world) walk(t *testing.T, rng *rand.Rand, requests uint64) {
	for range requests {
		s, door := w.people[rng.IntN(len(w.people))], w.doors[rng.IntN(len(w.doors))]
		space := w.spaces[rng.IntN(len(w.spaces))]
		if len(s.roles) > 0 && rng.IntN(4) > 0 { // mostly where one has something to look for
			space = slices.Sorted(maps.Keys(s.roles))[rng.IntN(len(s.roles))]
		}
		if role := s.roles[space]; door.Method != "GET" && (role == "editor" || role == "owner") && !harmless(door) {
			continue // they would change the rules behind the model's back
		}
		address, kind, body := w.fillIn(rng, door, s)
		rec := w.call(s.key, space, door.Method, address, kind, body)
		w.look(t, s, door, address, body, rec)
	}
}

// harmless doors change nothing that others see.
func harmless(d server.Door) bool {
	for _, part := range []string{"/api/ask", "/api/search", "/api/answer", "/v1/", "/mcp", "/render", "/ask", "/api/memories", "/feedback"} {
		if strings.HasPrefix(d.Path, part) || strings.HasSuffix(d.Path, part) {
			return true
		}
	}
	return false
}

// look finds secrets in a reply, and remembers ids for later requests.
func (w *world) look(t *testing.T, s *somebody, door server.Door, address string, body []byte, rec *httptest.ResponseRecorder) {
	text := rec.Body.String() + fmt.Sprint(rec.Header())
	own := address + string(body)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[fmt.Sprintf("%s %s %d", door.Method, door.Path, rec.Code)]++
	if rec.Code >= 500 && rec.Code != http.StatusServiceUnavailable {
		w.fault(t, door, "%s %s %s of %s: %d", door.Method, address, body, s.name, rec.Code)
	}
	for _, secret := range slices.Compact(slices.Sorted(slices.Values(secretWord.FindAllString(text, -1)))) {
		n, err := strconv.Atoi(secret[2:7])
		if err != nil || n >= len(w.docs) || strings.Contains(own, secret) {
			continue
		}
		if p := w.docs[n]; !w.may(s, p) {
			w.fault(t, door, "%s %s %s: %s (roles %v) sees %s of %s in %s, whose readers are %v: %d %s", door.Method, address, body, s.name, s.roles, secret, p.source, p.space, p.readers(), rec.Code, clip(text, secret))
		} else {
			w.seen++
		}
	}
	for kind, pattern := range idPatterns {
		for _, id := range pattern.FindAllString(text, 5) {
			if len(w.pool[kind]) < 5000 {
				w.pool[kind] = append(w.pool[kind], id)
			}
		}
	}
}

// fault tells the first fault of a door; the others are most often the same one.
func (w *world) fault(t *testing.T, d server.Door, format string, args ...any) {
	t.Helper()
	name := d.Method + " " + d.Path
	if w.faulty[name]++; w.faulty[name] == 1 {
		t.Errorf(format, args...)
	}
}

var idPatterns = map[string]*regexp.Regexp{
	"trace": regexp.MustCompile(`trc_[0-9a-zA-Z]+`), "conversation": regexp.MustCompile(`cnv_[0-9a-zA-Z]+`), "memory": regexp.MustCompile(`mem_[0-9a-zA-Z]+`), "key": regexp.MustCompile(`key_[0-9a-zA-Z]+`),
}

func clip(text, word string) string {
	at := strings.Index(text, word)
	return text[max(0, at-200):min(len(text), at+200)]
}

// pick is something of a kind that is there, seen by the asker or not.
func (w *world) pick(rng *rand.Rand, kind string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.pool[kind]
	if len(all) == 0 || rng.IntN(50) == 0 {
		return "none"
	}
	return all[rng.IntN(len(all))]
}

// document is one by chance, half of the time one that somebody may see.
func (w *world) document(rng *rand.Rand, s *somebody) string {
	for range 20 {
		p := w.docs[rng.IntN(len(w.docs))]
		if rng.IntN(2) == 0 || w.may(s, p) {
			return p.id
		}
	}
	return w.pick(rng, "document")
}

// value is something that a parameter of that name may have.
func (w *world) value(rng *rand.Rand, name, door string, s *somebody) string {
	person := w.people[rng.IntN(len(w.people))].name
	if rng.IntN(2) == 0 {
		person = s.name
	}
	topic := topicWords[rng.IntN(len(topicWords))]
	switch name {
	case "corpus":
		return w.pick(rng, "corpus")
	case "document", "on":
		return w.document(rng, s)
	case "assistant", "model":
		return w.pick(rng, []string{"assistant", "corpus"}[rng.IntN(2)])
	case "conversation":
		return []string{"new", "", w.pick(rng, "conversation")}[rng.IntN(3)]
	case "trace":
		return w.pick(rng, "trace")
	case "memory":
		return w.pick(rng, "memory")
	case "person", "user", "member":
		return person
	case "space":
		return w.spaces[rng.IntN(len(w.spaces))]
	case "group":
		return w.groups[rng.IntN(len(w.groups))].name
	case "question", "query", "q", "text", "input":
		return "What is the " + topic + " number?"
	case "revision", "version", "cursor", "before", "after":
		return ""
	case "limit", "offset":
		return strconv.Itoa(rng.IntN(60))
	case "arm":
		return []string{"fused", "words", "vectors"}[rng.IntN(3)]
	case "name":
		switch {
		case strings.Contains(door, "/people"), strings.Contains(door, "/access"):
			return person
		case strings.Contains(door, "/groups"):
			return w.groups[rng.IntN(len(w.groups))].name
		case strings.Contains(door, "/spaces"):
			return w.spaces[rng.IntN(len(w.spaces))]
		}
		return w.pick(rng, []string{"assistant", "corpus"}[rng.IntN(2)])
	case "id":
		switch {
		case strings.Contains(door, "/documents"):
			return w.document(rng, s)
		case strings.Contains(door, "/traces"), strings.Contains(door, "/records"):
			return w.pick(rng, "trace")
		case strings.Contains(door, "/memories"):
			return w.pick(rng, "memory")
		case strings.Contains(door, "/keys"):
			return w.pick(rng, "key")
		}
		return w.pick(rng, []string{"conversation", "trace"}[rng.IntN(2)])
	}
	return topic
}

var placeholder = regexp.MustCompile(`\{([a-z]+)(\.\.\.|\$)?\}`)

// fillIn makes a request to a door: its path, its parameters and its body.
func (w *world) fillIn(rng *rand.Rand, d server.Door, s *somebody) (address, kind string, body []byte) {
	address = placeholder.ReplaceAllStringFunc(d.Path, func(m string) string {
		name := placeholder.FindStringSubmatch(m)[1]
		if name == "" || m == "{$}" {
			return ""
		}
		return url.PathEscape(w.value(rng, name, d.Path, s))
	})
	address = strings.TrimSuffix(address, "{$}")
	q, fields := url.Values{}, map[string]any{}
	if d.In != nil && d.In.Kind() == reflect.Struct {
		for f := range d.In.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("query"), ",")
			if name != "" && rng.IntN(2) == 0 {
				q.Set(name, w.value(rng, name, d.Path, s))
			}
			name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || name == "-" {
				continue
			}
			if v, ok := w.field(rng, f.Type, name, d.Path, s); ok {
				fields[name] = v
			}
		}
	}
	if strings.HasPrefix(d.Path, "/v1/chat") {
		fields = map[string]any{"model": w.value(rng, "model", d.Path, s), "messages": []any{map[string]any{"role": "user", "content": w.value(rng, "question", d.Path, s)}}, "stream": rng.IntN(2) == 0}
	}
	if d.Path == "/mcp" {
		tool := []string{"search", "ask", "read_document"}[rng.IntN(3)]
		arguments := map[string]map[string]any{"search": {"corpus": w.pick(rng, "corpus"), "query": w.value(rng, "query", "", s)}, "ask": {"corpus": w.pick(rng, "corpus"), "question": w.value(rng, "question", "", s)}, "read_document": {"document": w.pick(rng, "document")}}[tool]
		fields = map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{"name": tool, "arguments": arguments}}
	}
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	switch {
	case d.Takes == "application/json":
		b, err := json.Marshal(fields)
		if err != nil {
			panic(err)
		}
		return address, d.Takes, b
	case d.Method == "POST":
		form := url.Values{}
		for _, name := range []string{"question", "corpus", "assistant", "text", "title", "document", "person", "source", "rating", "name"} {
			form.Set(name, w.value(rng, name, d.Path, s))
		}
		return address, "application/x-www-form-urlencoded", []byte(form.Encode())
	}
	return address, "", nil
}

// field is a value of a field of a body.
func (w *world) field(rng *rand.Rand, t reflect.Type, name, door string, s *somebody) (any, bool) {
	switch t.Kind() {
	case reflect.String:
		return w.value(rng, name, door, s), true
	case reflect.Bool:
		return rng.IntN(2) == 0, name == "stream"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.String {
			return []string{w.value(rng, strings.TrimSuffix(name, "s"), door, s)}, true
		}
	}
	return nil, false
}

// report says what was tried; a test that saw nothing has shown nothing.
func (w *world) report(t *testing.T) {
	t.Helper()
	byStatus, answered := map[string]int{}, map[string]bool{}
	for k, n := range w.counts {
		status := k[strings.LastIndex(k, " ")+1:]
		byStatus[status] += n
		if status[0] == '2' || status[0] == '3' {
			answered[k[:strings.LastIndex(k, " ")]] = true
		}
	}
	t.Logf("by status: %v; %d secrets shown to who may see them; %d of %d doors answered something", byStatus, w.seen, len(answered), len(w.doors))
	if w.seen < 100 {
		t.Errorf("only %d secrets were shown to those who may see them: nothing was tried", w.seen)
	}
}
