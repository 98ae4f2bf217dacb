package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/tools/txtar"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/testenv"
)

// The stories in testdata/access say who does what, and what they see of it. Each is one file:
// what it shows, the documents, and the story. A line of the story is
//
//	WHO[@SPACE][#REPLICA] VERB ARGS
//
// where WHO is operator, nobody, the name of a key's person, or SERVICE/PERSON for a service in a
// person's place; the verbs stand in the table below. Indented lines are what has to be true of
// the reply: sees TEXTS, hides TEXTS, status NUMBER. A reply that says nothing of its status has
// to be a success. {SOURCE} stands for the id of a document, {last-trace} for the last answer's.
//
// Every reply to somebody is looked through for the words of the section hidden, if the story
// has one: a line is WHO: WORD WORD, words that this person never sees in any reply at all.
func TestAccessStories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/access/*.txtar")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d stories, %v: there are 60 at least", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tell(t, txtar.Parse(b))
		})
	}
}

// A stage is where a story is played.
type stage struct {
	t        *testing.T
	files    map[string]string
	replicas []string          // addresses of the servers
	keys     map[string]string // by the name of the key, which is the person's for the first one
	ids      map[string]string // of documents by source, of keys by name, and of the last-trace
	talks    map[string]string // id of the conversation, by who and whom
	hidden   map[string][]string
	slow     *gatewaytest.Server
	streams  map[string]*stream
	line     int
}

// tell plays one story.
func tell(t *testing.T, ar *txtar.Archive) {
	s := &stage{t: t, files: map[string]string{}, keys: map[string]string{}, ids: map[string]string{}, talks: map[string]string{}, hidden: map[string][]string{}, streams: map[string]*stream{}}
	var story string
	for _, f := range ar.Files {
		switch f.Name {
		case "story":
			story = string(f.Data)
		case "hidden":
			for line := range strings.Lines(string(f.Data)) {
				who, words, _ := strings.Cut(strings.TrimSpace(line), ":")
				s.hidden[who] = strings.Fields(words)
			}
		default:
			s.files[f.Name] = string(f.Data)
		}
	}
	if story == "" || strings.TrimSpace(string(ar.Comment)) == "" {
		t.Fatal("a story says what it shows, and has a section story")
	}
	s.open(strings.Contains(story, "#2"), strings.Contains(story, " streams "))
	var last reply
	checked := true
	for line := range strings.Lines(story) {
		s.line++
		text := strings.TrimRightFunc(line, unicode.IsSpace)
		switch {
		case text == "" || strings.HasPrefix(strings.TrimSpace(text), "#"):
		case unicode.IsSpace(rune(text[0])):
			checked = s.expect(last, words(text)) || checked
		default:
			s.done(last, checked)
			last, checked = s.act(words(text)), false
		}
	}
	s.done(last, checked)
}

// A reply is what somebody was answered.
type reply struct {
	who    string
	asked  string // the words of the line: what somebody says themselves is not told to them
	line   int
	status int
	body   string
}

// done is called when all that is said of a reply was looked at.
func (s *stage) done(r reply, checked bool) {
	if r.line != 0 && !checked && r.status != http.StatusOK {
		s.t.Errorf("line %d: %d %s", r.line, r.status, r.body)
	}
	who, _, _ := strings.Cut(r.who, "@")
	for _, word := range s.hidden[strings.TrimSuffix(who, "#2")] {
		if strings.Contains(r.body, word) && !strings.Contains(r.asked, word) {
			s.t.Errorf("line %d: %s sees %q, which is hidden from them: %s", r.line, r.who, word, r.body)
		}
	}
}

// expect looks at a reply, and says whether its status was looked at.
func (s *stage) expect(r reply, want []string) bool {
	switch want[0] {
	case "status":
		if n, err := strconv.Atoi(want[1]); err != nil || r.status != n {
			s.t.Errorf("line %d: %d, not %s: %s", r.line, r.status, want[1], r.body)
		}
		return true
	case "sees", "hides":
		for _, text := range want[1:] {
			if strings.Contains(r.body, s.expand(text)) != (want[0] == "sees") {
				s.t.Errorf("line %d: the reply has to be one that %s %q: %d %s", r.line, want[0], text, r.status, r.body)
			}
		}
	default:
		s.t.Fatalf("line %d: nothing is known of %q", s.line, want[0])
	}
	return false
}

// words cuts a line at its blanks; what is quoted stays whole.
func words(line string) (out []string) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if quoted, err := strconv.QuotedPrefix(line); err == nil {
			text, err := strconv.Unquote(quoted)
			if err != nil {
				return append(out, line)
			}
			out, line = append(out, text), line[len(quoted):]
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		out, line = append(out, word), rest
	}
	return out
}

// open starts the servers and makes the first operator.
func (s *stage) open(two, slow bool) {
	c := app.Config{Data: s.t.TempDir(), Program: "test", Log: slog.New(slog.DiscardHandler)}
	if slow {
		s.slow = gatewaytest.New(s.t, s.write)
		c.Models = []gateway.Spec{{Name: "writer", Can: []string{gateway.Chat}, Location: "inside", Replicas: []gateway.Replica{{URL: s.slow.URL}}}}
	}
	if two {
		c.Database = testenv.Postgres(s.t)
		other := c
		other.Data = s.t.TempDir()
		s.replicas = []string{serve(s.t, c), serve(s.t, other)}
	} else {
		s.replicas = []string{serve(s.t, c)}
	}
	var first struct{ ID, Key string }
	s.must(&first, s.send("nobody", "POST", "/api/init", object{"name": "operator"}))
	s.keys["operator"] = first.Key
}

func serve(t *testing.T, c app.Config) string {
	a, err := app.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a.Server.Handler())
	t.Cleanup(server.Close)
	return server.URL
}

type object map[string]any

// act does what a line says.
func (s *stage) act(line []string) reply {
	if len(line) < 2 {
		s.t.Fatalf("line %d: WHO VERB ARGS", s.line)
	}
	who, verb, args := line[0], line[1], line[2:]
	for i := range args {
		args[i] = s.expand(args[i])
	}
	f, ok := verbs[verb]
	if !ok {
		s.t.Fatalf("line %d: there is no verb %q", s.line, verb)
	}
	if len(args) < f.args {
		s.t.Fatalf("line %d: %s takes %d words", s.line, verb, f.args)
	}
	r := f.do(s, who, args)
	r.who, r.line, r.asked = who, s.line, strings.Join(line, " ")
	return r
}

// expand puts ids in the place of {SOURCE}.
func (s *stage) expand(text string) string {
	for name, id := range s.ids {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

// send makes one request as somebody.
func (s *stage) send(who, method, path string, body any) reply {
	var b []byte
	kind := ""
	switch v := body.(type) {
	case nil:
	case upload:
		b, kind = v.body, v.kind
	default:
		var err error
		if b, err = json.Marshal(v); err != nil {
			s.t.Fatal(err)
		}
		kind = "application/json"
	}
	return s.do(s.request(s.t.Context(), who, method, path, kind, b))
}

// do makes a request and reads all of its reply.
func (s *stage) do(req *http.Request) reply {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{status: resp.StatusCode, body: string(text)}
}

func (s *stage) request(ctx context.Context, who, method, path, kind string, body []byte) *http.Request {
	replica := s.replicas[0]
	if w, ok := strings.CutSuffix(who, "#2"); ok {
		who, replica = w, s.replicas[1]
	}
	who, space, _ := strings.Cut(who, "@")
	req, err := http.NewRequestWithContext(ctx, method, replica+s.expand(path), bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if space != "" {
		req.Header.Set("Wenyuan-Space", space)
	}
	who, person, behalf := strings.Cut(who, "/")
	if behalf {
		req.Header.Set("Wenyuan-On-Behalf-Of", person)
	}
	if who != "nobody" {
		key, ok := s.keys[who]
		if !ok {
			s.t.Fatalf("line %d: nobody is called %q", s.line, who)
		}
		req.Header.Set("Authorization", "Bearer "+key)
	}
	return req
}

// must decodes a reply that has to be a success.
func (s *stage) must(v any, r reply) reply {
	if r.status != http.StatusOK {
		s.t.Fatalf("line %d: %d %s", s.line, r.status, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		s.t.Fatalf("line %d: %v: %s", s.line, err, r.body)
	}
	return r
}

// options reads what stands after the first words: role editor, can ask,read, operator.
func options(args []string, body object) object {
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "operator":
			body["operator"] = true
		case "no_space":
			body["space"] = ""
		case "can":
			body["can"] = strings.Split(args[i+1], ",")
			i++
		default:
			body[args[i]] = args[i+1]
			i++
		}
	}
	return body
}
