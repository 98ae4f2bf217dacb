package gatewaytest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"wenyuan"
)

// Key is the one that the problem BadKey repeats, as careless servers do.
const Key = "sk-secret-4711"

// A Problem is something that a server refuses to do, said in its dialect.
type Problem int

// The problems.
const (
	Broken        Problem = iota // 500
	RateLimit                    // 429, to wait RetryAfter
	Overloaded                   // 529
	NoCredit                     // the account is empty
	TooLong                      // the context does not fit
	Objectionable                // the content is refused
	BadKey
	NoModel
)

// RetryAfter is what RateLimit and Overloaded ask for.
const RetryAfter = 17 * time.Second

// Say streams pieces of text as a model does, with a finish, a usage and the end mark.
func Say(pieces ...string) Reply { return Finish("stop", pieces...) }

// Finish says pieces and ends for another reason than "stop".
func Finish(reason string, pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := begun(w, r, pieces)
		v.end(reason, len(pieces))
	}
}

// Heard says pieces, each of them once the one before was heard, so that no two come together.
func Heard(heard <-chan struct{}, pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := begun(w, r, nil)
		for _, p := range pieces {
			v.text(quoted(p))
			select {
			case <-heard:
			case <-r.Context().Done():
				return
			}
		}
		v.end("stop", len(pieces))
	}
}

// Call says a text, which may be empty, and calls tools. Arguments are objects.
func Call(text string, calls ...wenyuan.ToolCall) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := begun(w, r, pieces(text))
		for _, c := range calls {
			v.call(c)
		}
		v.end("tool_calls", len(calls))
	}
}

// Whole answers in one piece, as servers do that know no streams.
func Whole(text string) Reply {
	return func(w http.ResponseWriter, r *http.Request) { voiceOf(w, r).whole(text, "stop") }
}

// BreakOff says pieces and then drops the connection.
func BreakOff(pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		begun(w, r, pieces)
		panic(http.ErrAbortHandler)
	}
}

// EndEarly says pieces and ends the stream properly, but without a finish.
func EndEarly(pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) { begun(w, r, pieces) }
}

// Hang says pieces and then nothing, until the client goes away. It closes gone then.
func Hang(gone chan<- struct{}, pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		if len(pieces) > 0 {
			begun(w, r, pieces)
		}
		<-r.Context().Done()
		if gone != nil {
			close(gone)
		}
	}
}

// Drip says pieces and then sends signs of life without content, one each time that passes,
// until the client goes away.
func Drip(every time.Duration, pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := begun(w, r, pieces)
		repeat(r, every, v.alive)
	}
}

// Trickle says one piece each time that passes, n of them.
func Trickle(every time.Duration, piece string, n int) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := begun(w, r, nil)
		ctx, enough := context.WithCancel(r.Context())
		defer enough()
		said := 0
		repeat(r.WithContext(ctx), every, func() {
			v.text(quoted(piece))
			if said++; said == n {
				enough()
			}
		})
		v.end("stop", n)
	}
}

func repeat(r *http.Request, every time.Duration, do func()) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
			if r.Context().Err() != nil {
				return
			}
			do()
		}
	}
}

// Flood sends events of about size bytes each, of which all but one character is packaging,
// until total bytes are out or the client goes away.
func Flood(total, size int) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := begun(w, r, nil)
		padded := `"x"` + strings.Repeat(" ", size)
		for sent := 0; sent < total && r.Context().Err() == nil; sent += len(padded) {
			v.text(padded)
		}
		v.end("stop", 1)
	}
}

// LongLine sends one line of n bytes that does not end, and counts what went out.
func LongLine(n int64, sent *atomic.Int64) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		begun(w, r, nil)
		io.WriteString(w, `data: {"message":"`)
		part := strings.Repeat("x", 64<<10)
		for sent.Load() < n && r.Context().Err() == nil {
			io.WriteString(w, part)
			sent.Add(int64(len(part)))
		}
	}
}

// Garble says a piece and then an event that holds data, whatever that is.
func Garble(piece, data string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := begun(w, r, []string{piece})
		v.raw(data)
		v.end("stop", 1)
	}
}

// Bytes says one piece whose bytes may be no UTF-8. They must need no escape in JSON.
func Bytes(piece string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := begun(w, r, nil)
		v.text(`"` + piece + `"`)
		v.end("stop", 1)
	}
}

// Page answers with a web page, whatever was asked for.
func Page() Reply {
	return Fail(http.StatusOK, "<!doctype html><title>Sign in</title>", "Content-Type", "text/html; charset=utf-8")
}

// Redirect sends the client elsewhere.
func Redirect(to string) Reply {
	return Fail(http.StatusTemporaryRedirect, "", "Location", to)
}

// Refuse answers with a problem in the words of the dialect. One that a dialect does not
// know is a 500.
func Refuse(p Problem) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		status, body, ok := voiceOf(w, r).problem(p)
		if !ok {
			status, body, _ = voiceOf(w, r).problem(Broken)
		}
		w.Header().Set("Content-Type", "application/json")
		if p == RateLimit || p == Overloaded {
			w.Header().Set("Retry-After", strconv.Itoa(int(RetryAfter.Seconds())))
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// RefuseMidway says pieces and then has a problem inside the stream.
func RefuseMidway(p Problem, pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := begun(w, r, pieces)
		_, body, _ := v.problem(p)
		v.raw(body)
	}
}

// Fail answers with a status, a body as it is, and headers in pairs.
func Fail(status int, body string, headers ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// JSON answers with a body as it is, as application/json.
func JSON(body string) Reply { return Fail(http.StatusOK, body, "Content-Type", "application/json") }

// Events sends events in the dialect of OpenAI as they are, whatever they hold.
func Events(data ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &openai{tongue: tongue{w}}
		v.begin()
		for _, d := range data {
			v.raw(d)
		}
	}
}

// Vectors embeds each text as what f makes of it.
func Vectors(f func(text string) []float32) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Input []string `json:"input"`
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		type datum struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		var data []datum
		var embeddings [][]float32
		for i, text := range q.Input {
			data = append(data, datum{i, f(text)})
			embeddings = append(embeddings, f(text))
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"data": data, "embeddings": embeddings})
	}
}

// Moderate gives each text what f makes of it, as /v1/moderations does; what is 0.5 or more is
// flagged.
func Moderate(f func(text string) map[string]float64) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Input string `json:"input"`
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		scores, is, flagged := f(q.Input), map[string]bool{}, false
		for kind, score := range scores {
			is[kind] = score >= 0.5
			flagged = flagged || is[kind]
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"id": "modr-1", "model": "guard", "results": []any{
			map[string]any{"flagged": flagged, "categories": is, "category_scores": scores}}})
	}
}

// begun sends the head and pieces of text.
func begun(w http.ResponseWriter, r *http.Request, pieces []string) voice {
	v := voiceOf(w, r)
	v.begin()
	for _, p := range pieces {
		v.text(quoted(p))
	}
	return v
}
