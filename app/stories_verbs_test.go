package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

type verb struct {
	args int // words that it takes at least
	do   func(s *stage, who string, args []string) reply
}

// simple is a verb that is one request; make gives its path and body.
func simple(args int, method string, make func(args []string) (path string, body any)) verb {
	return verb{args, func(s *stage, who string, args []string) reply {
		path, body := make(args)
		return s.send(who, method, path, body)
	}}
}

func get(args int, path string) verb {
	return simple(args, "GET", func(args []string) (string, any) {
		p := path
		for _, a := range args {
			p = strings.Replace(p, "%", a, 1)
		}
		return p, nil
	})
}

var verbs map[string]verb

func init() {
	esc := url.PathEscape
	verbs = map[string]verb{
		// Who there is.
		"person":  {1, (*stage).person},
		"service": {1, (*stage).service},
		"key":     {2, (*stage).key}, // key PERSON NAME [can a,b]: one more key, which is used by its name
		"revoke":  simple(1, "DELETE", func(a []string) (string, any) { return "/api/keys/{key " + a[0] + "}", nil }),
		"disable": simple(1, "PATCH", func(a []string) (string, any) { return "/api/people/" + esc(a[0]), object{"disabled": true} }),
		"enable":  simple(1, "PATCH", func(a []string) (string, any) { return "/api/people/" + esc(a[0]), object{"disabled": false} }),
		"demote":  simple(1, "PATCH", func(a []string) (string, any) { return "/api/people/" + esc(a[0]), object{"operator": false} }),
		"expel":   simple(1, "DELETE", func(a []string) (string, any) { return "/api/people/" + esc(a[0]), nil }),
		"group":   simple(1, "POST", func(a []string) (string, any) { return "/api/groups", object{"name": a[0], "members": a[1:]} }),
		"join": simple(2, "POST", func(a []string) (string, any) {
			return "/api/groups/" + esc(a[0]) + "/members", object{"members": a[1:]}
		}),
		"leave":   {2, (*stage).leave},
		"ungroup": simple(1, "DELETE", func(a []string) (string, any) { return "/api/groups/" + esc(a[0]), nil }),
		"space":   simple(1, "POST", func(a []string) (string, any) { return "/api/spaces", object{"name": a[0]} }),
		"role":    {2, (*stage).role}, // role SUBJECT ROLE, in the space that stands at who
		"unrole":  {1, (*stage).unrole},

		// What there is.
		"add":    {2, (*stage).add},
		"remove": simple(1, "DELETE", func(a []string) (string, any) { return "/api/documents/{" + a[0] + "}", nil }),
		"move":   {2, (*stage).move},
		"grant":  simple(1, "POST", func(a []string) (string, any) { return "/api/grants", object{"on": a[0], "read": a[1:]} }),
		"clear":  simple(1, "DELETE", func(a []string) (string, any) { return "/api/grants?on=" + a[0], nil }),
		"assistant": simple(2, "PUT", func(a []string) (string, any) {
			return "/api/assistants/" + esc(a[0]), object{"corpora": a[1:], "extractive": true}
		}),
		"share": simple(2, "PUT", func(a []string) (string, any) {
			return "/api/assistants/" + esc(a[0]) + "/shares", object{"with": a[1:]}
		}),
		"unshare": simple(1, "DELETE", func(a []string) (string, any) {
			return "/api/assistants/" + esc(a[0]) + "/shares", object{"with": []string{}}
		}),

		// Looking.
		"asks":      {2, (*stage).ask},
		"converses": {2, (*stage).converse},
		"chats": simple(2, "POST", func(a []string) (string, any) {
			return "/v1/chat/completions", object{"model": a[0], "messages": []object{{"role": "user", "content": a[1]}}}
		}),
		"searches":   simple(2, "POST", func(a []string) (string, any) { return "/api/search", object{"corpus": a[0], "query": a[1]} }),
		"agent":      {2, (*stage).agent},
		"lists":      get(1, "/api/documents?corpus=%"),
		"shows":      get(1, "/api/documents/{%}"),
		"reads":      get(1, "/api/documents/{%}/text"),
		"fetches":    get(1, "/api/documents/{%}/original"),
		"passages":   get(1, "/api/documents/{%}/passages"),
		"corpora":    get(0, "/api/corpora"),
		"assistants": get(0, "/api/assistants"),
		"models":     get(0, "/v1/models"),
		"traces":     get(0, "/api/traces"),
		"trace":      get(0, "/api/traces/{last-trace}"),
		"talks":      get(0, "/api/conversations"),
		"exports":    get(0, "/api/conversations/export"),
		"feedback":   get(0, "/api/feedback"),
		"rates": simple(1, "POST", func(a []string) (string, any) {
			return "/api/traces/{last-trace}/feedback", object{"rating": a[0], "reason": strings.Join(a[1:], " ")}
		}),
		"can":   get(2, "/api/can?person=%&document={%}"),
		"me":    get(0, "/api/me"),
		"gets":  get(1, "%"),
		"posts": {1, (*stage).posts}, // posts PATH JSON

		// Streams of a model that writes one sentence and then waits.
		"streams": {2, (*stage).stream},
		"hears":   {0, (*stage).hear},
	}
}

func (s *stage) person(who string, args []string) reply {
	r := s.send(who, "POST", "/api/people", options(args[1:], object{"name": args[0]}))
	if r.status == http.StatusOK {
		s.key(who, []string{args[0], args[0]})
	}
	return r
}

func (s *stage) service(who string, args []string) reply {
	return s.keep(args[0], s.send(who, "POST", "/api/keys", options(args[1:], object{"service": args[0]})))
}

func (s *stage) key(who string, args []string) reply {
	return s.keep(args[1], s.send(who, "POST", "/api/keys", options(args[2:], object{"person": args[0]})))
}

// keep remembers the key of a reply.
func (s *stage) keep(name string, r reply) reply {
	if r.status == http.StatusOK {
		var k struct{ ID, Key string }
		s.must(&k, r)
		s.keys[name], s.ids["key "+name] = k.Key, k.ID
	}
	return r
}

func (s *stage) leave(who string, args []string) reply {
	return s.send(who, "DELETE", "/api/groups/"+url.PathEscape(args[0])+"/members/"+url.PathEscape(args[1]), nil)
}

// spaceOf is the space that stands at who.
func spaceOf(who string) string {
	_, space, ok := strings.Cut(strings.TrimSuffix(who, "#2"), "@")
	if !ok {
		return "main"
	}
	return space
}

func (s *stage) role(who string, args []string) reply {
	return s.send(who, "PUT", "/api/spaces/"+spaceOf(who)+"/members/"+url.PathEscape(args[0]), object{"role": args[1]})
}

func (s *stage) unrole(who string, args []string) reply {
	return s.send(who, "DELETE", "/api/spaces/"+spaceOf(who)+"/members/"+url.PathEscape(args[0]), nil)
}

type upload struct {
	kind string
	body []byte
}

// add sends files of the story: add CORPUS FILE..., a file under another name as FILE=NAME.
func (s *stage) add(who string, args []string) reply {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range args[1:] {
		source, from, ok := strings.Cut(name, "=")
		if !ok {
			from = name
		}
		text, ok := s.files[from]
		if !ok {
			s.t.Fatalf("line %d: the story has no file %q", s.line, from)
		}
		err := w.WriteField("source", source)
		var part io.Writer
		if err == nil {
			part, err = w.CreateFormFile("file", filepath.Base(source))
		}
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	r := s.send(who, "POST", "/api/corpora/"+url.PathEscape(args[0])+"/documents", upload{w.FormDataContentType(), b.Bytes()})
	if r.status == http.StatusOK {
		var out struct{ Documents []struct{ ID, Source string } }
		s.must(&out, r)
		for _, d := range out.Documents {
			s.ids[d.Source] = d.ID
		}
	}
	return r
}

func (s *stage) move(who string, args []string) reply {
	r := s.send(who, "POST", "/api/documents/{"+args[0]+"}/move", object{"source": args[1]})
	if r.status == http.StatusOK {
		s.ids[args[1]] = s.ids[args[0]]
	}
	return r
}

// ask keeps the id of the trace.
func (s *stage) ask(who string, args []string) reply {
	return s.answered(who, args, object{"assistant": args[0], "question": args[1]})
}

// converse goes on with the conversation of who and whom.
func (s *stage) converse(who string, args []string) reply {
	name := who + " " + args[0]
	talk, ok := s.talks[name]
	if !ok {
		talk = "new"
	}
	return s.answered(who, args, object{"assistant": args[0], "question": args[1], "conversation": talk})
}

func (s *stage) answered(who string, args []string, body object) reply {
	r := s.send(who, "POST", "/api/ask", body)
	if r.status == http.StatusOK {
		var a struct{ Trace, Conversation string }
		s.must(&a, r)
		s.ids["last-trace"] = a.Trace
		if a.Conversation != "" {
			s.talks[who+" "+args[0]], s.ids["last-talk"] = a.Conversation, a.Conversation
		}
	}
	return r
}

// agent calls a tool by the Model Context Protocol: agent TOOL JSON.
func (s *stage) agent(who string, args []string) reply {
	req := s.request(s.t.Context(), who, "POST", "/mcp", "application/json", []byte(s.expand(
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`+args[0]+`","arguments":`+args[1]+`}}`)))
	req.Header.Set("Accept", "application/json, text/event-stream")
	return s.do(req)
}

func (s *stage) posts(who string, args []string) reply {
	var body any
	if len(args) > 1 {
		body = json.RawMessage(s.expand(args[1]))
	}
	return s.send(who, "POST", args[0], body)
}

// write is the slow model: a sentence that repeats the first original, and then nothing more
// until the one who asks is gone.
func (s *stage) write(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	text := "The pump runs at 1450 revolutions per minute [1]. And "
	if strings.Contains(string(body), "payroll") {
		text = "The payroll closes on the 25th [1]. And "
	}
	fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", text)
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

// A stream is an answer that is under way.
type stream struct {
	events chan string // "event data"; closed at the end
	stop   context.CancelFunc
}

// stream begins to ask, and waits until the first sentence is there.
func (s *stage) stream(who string, args []string) reply {
	ctx, stop := context.WithCancel(s.t.Context())
	s.t.Cleanup(stop)
	path, body := "/api/ask", object{"assistant": args[0], "question": args[1], "stream": true}
	if len(args) > 2 && args[2] == "chat" {
		path, body = "/v1/chat/completions", object{"model": args[0], "stream": true, "messages": []object{{"role": "user", "content": args[1]}}}
	}
	b, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(s.request(ctx, who, "POST", path, "application/json", b))
	if err != nil {
		s.t.Fatal(err)
	}
	st := &stream{make(chan string, 1000), stop}
	s.streams[who] = st
	go func() {
		defer close(st.events)
		defer resp.Body.Close()
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if line := lines.Text(); line != "" {
				st.events <- line
			}
		}
	}()
	var heard []string
	for deadline := time.After(20 * time.Second); ; {
		select {
		case line, ok := <-st.events:
			heard = append(heard, line)
			if !ok || resp.StatusCode != http.StatusOK || strings.Contains(line, "1450") || strings.Contains(line, "25th") {
				return reply{status: resp.StatusCode, body: strings.Join(heard, "\n")}
			}
		case <-deadline:
			s.t.Fatalf("line %d: no sentence came: %s", s.line, strings.Join(heard, "\n"))
		}
	}
}

// hear gives the rest of a stream, which has to end within a second of its own.
func (s *stage) hear(who string, _ []string) reply {
	st, ok := s.streams[who]
	if !ok {
		s.t.Fatalf("line %d: %s hears no stream", s.line, who)
	}
	begun := time.Now()
	var heard []string
	for {
		select {
		case line, ok := <-st.events:
			if ok {
				heard = append(heard, line)
				continue
			}
			s.t.Logf("line %d: the stream ended after %v", s.line, time.Since(begun)) // the benchmark holds the second
			return reply{status: http.StatusOK, body: strings.Join(heard, "\n")}
		case <-time.After(10 * time.Second):
			st.stop()
			s.t.Fatalf("line %d: the stream does not end: %s", s.line, strings.Join(heard, "\n"))
		}
	}
}
