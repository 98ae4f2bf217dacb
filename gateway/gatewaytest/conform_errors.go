package gatewaytest

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// refusals are replies that are none: each leads to one error that says what to do and keeps
// the key to itself.
func (c conformance) refusals(t *testing.T) {
	for name, x := range map[string]struct {
		problem Problem
		code    wenyuan.Code
		says    string // in the message or the hint
		wait    time.Duration
	}{
		"rate limit":       {RateLimit, wenyuan.Limited, "17s", RetryAfter},
		"overloaded":       {Overloaded, wenyuan.Limited, "17s", RetryAfter},
		"no credit":        {NoCredit, wenyuan.Unavailable, "credit", 0},
		"context too long": {TooLong, wenyuan.TooLarge, "longer context", 0},
		"content refused":  {Objectionable, wenyuan.Denied, "provider", 0},
		"bad key":          {BadKey, wenyuan.Unavailable, "HOUSE_KEY", 0},
		"no model":         {NoModel, wenyuan.Unavailable, "remote_name", 0},
		"server error":     {Broken, wenyuan.Unavailable, "log", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(t, Refuse(x.problem))
			o := ask(t.Context(), t, c.model(t, s), hello)
			if _, _, known := voiceAt(s).problem(x.problem); !known {
				t.Skip("the dialect does not know this")
			}
			c.check(t, s, o, x.code, x.says)
			if wait := wire.WaitOf(o.err); wait != x.wait {
				t.Errorf("to wait %v, want %v", wait, x.wait)
			}
		})
	}
}

// brokenStreams are streams that do not become an answer, whatever was said before.
func (c conformance) brokenStreams(t *testing.T) {
	elsewhere := New(t, Say("you should not be here"))
	var sent atomic.Int64
	for name, x := range map[string]struct {
		reply Reply
		text  string
		says  string
	}{
		"broken off":             {BreakOff("half an ans"), "half an ans", "broke off"},
		"ended without a finish": {EndEarly("half an ans"), "half an ans", "broke off"},
		"nothing at all":         {EndEarly(), "", "broke off"},
		"no JSON":                {Garble("half", `{"half`), "half", "no answer"},
		"wrong types":            {Garble("half", `{"type":"content_block_delta","choices":"a","message":"b","delta":"c"}`), "half", "no answer"},
		"not even an object":     {Garble("half", `[1]`), "half", "no answer"},
		"problem in the middle":  {RefuseMidway(Broken, "half"), "half", "log"},
		"an event of 2 MB":       {Garble("half", `{"x":"`+strings.Repeat("x", 2<<20)+`"}`), "half", "no answer"},
		"a line without end":     {LongLine(1<<30, &sent), "", "no answer"},
		"a web page":             {Page(), "", "web page"},
		"a web page as an error": {Fail(502, "<html><body>Bad Gateway</body></html>", "Content-Type", "text/html"), "", "log"},
		"redirect":               {Redirect(elsewhere.URL + "/v1/chat/completions"), "", "final address"},
		"an object of rubbish":   {JSON(`{"surprise":1}`), "", "no answer"},
		"an empty body":          {JSON(``), "", ""},
		"no content":             {Fail(204, ""), "", "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(t, x.reply)
			o := ask(t.Context(), t, c.model(t, s), hello)
			if o.text != x.text {
				t.Errorf("said %q, want %q", o.text, x.text)
			}
			c.check(t, s, o, wenyuan.Unavailable, x.says)
			if n := sent.Load(); n > 32<<20 {
				t.Errorf("%d bytes of one line were taken", n)
			}
			if len(elsewhere.Requests()) != 0 {
				t.Error("a redirect was followed")
			}
		})
	}
}

// check looks at an error: one request, our code, words that help, no key.
func (c conformance) check(t *testing.T, s *Server, o outcome, code wenyuan.Code, says string) {
	t.Helper()
	e, ok := errors.AsType[*wenyuan.Error](o.err)
	if !ok {
		t.Fatalf("error %v after %q", o.err, o.text)
	}
	if e.Code != code || !strings.Contains(e.Message+"\n"+e.Hint, says) || e.Hint == "" {
		t.Errorf("%s: %s (%s), want %s with %q", e.Code, e.Message, e.Hint, code, says)
	}
	if strings.Contains(fmt.Sprint(o.err, e.Message, e.Hint), Key) {
		t.Errorf("the key is in the error: %v", o.err)
	}
	if o.last.Finish != "" || len(s.Requests()) != 1 {
		t.Errorf("finish %q after %d requests", o.last.Finish, len(s.Requests()))
	}
}
