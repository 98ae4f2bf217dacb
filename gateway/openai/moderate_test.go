package openai_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/wire"
)

func TestModerate(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		reply Reply
		want  map[string]float64
	}{
		"figures":              {Moderate(func(string) map[string]float64 { return map[string]float64{"violence": 0.91, "hate/threatening": 0} }), map[string]float64{"violence": 0.91, "hate/threatening": 0}},
		"yes or no":            {JSON(`{"results":[{"flagged":true,"categories":{"sexual":true,"hate":false}}]}`), map[string]float64{"sexual": 1, "hate": 0}},
		"what it cannot say":   {JSON(`{"results":[{"categories":{"illicit":null},"category_scores":{"illicit":null,"hate":0.2}}]}`), map[string]float64{"hate": 0.2}},
		"flagged for nothing":  {JSON(`{"results":[{"flagged":true,"category_scores":{"hate":0.2}}]}`), map[string]float64{"hate": 0.2, "flagged": 1}},
		"the worst of a piece": {JSON(`{"results":[{"category_scores":{"hate":0.2}},{"category_scores":{"hate":0.7,"crime":0.1}}]}`), map[string]float64{"hate": 0.7, "crime": 0.1}},
		"nothing found":        {JSON(`{"results":[{"flagged":false,"categories":{},"category_scores":{}}]}`), map[string]float64{}},
	} {
		s := New(t, x.reply)
		got, err := client(t, s.URL+"/v1/moderations").Moderate(t.Context(), "怎么修水泵？")
		if d := cmp.Diff(x.want, got); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, d)
		}
		if q := s.Requests()[0]; q.Path != "/v1/moderations" || q.Body != `{"model":"qwen","input":"怎么修水泵？"}` || q.Header.Get("Authorization") != "Bearer "+secret {
			t.Errorf("%s: %s to %s", name, q.Body, q.Path)
		}
	}
}

// TestModerateFails: what is no verdict is an error, and never "nothing was found".
func TestModerateFails(t *testing.T) {
	t.Parallel()
	many := `{"results":[{"category_scores":{` + manyKinds(300) + `}}]}`
	for name, x := range map[string]struct {
		reply Reply
		code  wenyuan.Code
		says  string
	}{
		"500":               {Fail(500, "boom"), wenyuan.Unavailable, "log"},
		"429":               {Fail(429, "", "Retry-After", "17"), wenyuan.Limited, "17s"},
		"bad key":           {Refuse(BadKey), wenyuan.Unavailable, "HOUSE_KEY"},
		"too long":          {Refuse(TooLong), wenyuan.TooLarge, "longer context"},
		"no JSON":           {JSON(`{"results":[`), wenyuan.Unavailable, "no answer"},
		"a page":            {Page(), wenyuan.Unavailable, ""},
		"no results":        {JSON(`{"results":[]}`), wenyuan.Unavailable, "no answer"},
		"another object":    {JSON(`{"surprise":1}`), wenyuan.Unavailable, "no answer"},
		"an empty result":   {JSON(`{"results":[{"flagged":false}]}`), wenyuan.Unavailable, "no answer"},
		"a score above 1":   {JSON(`{"results":[{"category_scores":{"hate":7}}]}`), wenyuan.Unavailable, "no answer"},
		"a score below 0":   {JSON(`{"results":[{"category_scores":{"hate":-1}}]}`), wenyuan.Unavailable, "no answer"},
		"a score in words":  {JSON(`{"results":[{"category_scores":{"hate":"much"}}]}`), wenyuan.Unavailable, "no answer"},
		"a nameless kind":   {JSON(`{"results":[{"category_scores":{"":1}}]}`), wenyuan.Unavailable, "no answer"},
		"300 kinds":         {JSON(many), wenyuan.Unavailable, "no answer"},
		"a megabyte of one": {JSON(`{"results":[{"category_scores":{"` + strings.Repeat("x", 1<<20) + `":1}}]}`), wenyuan.Unavailable, "no answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(t, x.reply)
			found, err := client(t, s.URL).Moderate(t.Context(), "x")
			e, ok := errors.AsType[*wenyuan.Error](err)
			if !ok || e.Code != x.code || !strings.Contains(e.Message+"\n"+e.Hint, x.says) || e.Hint == "" || found != nil {
				t.Errorf("%v, %v", found, err)
			}
			if strings.Contains(err.Error(), secret) || len(s.Requests()) != 1 {
				t.Errorf("%d requests, %v", len(s.Requests()), err)
			}
		})
	}
}

func manyKinds(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(",", min(i, 1)) + `"k` + strings.Repeat("x", i%90) + string(rune('a'+i/90)) + `":1`)
	}
	return b.String()
}

// TestModerateHangs: a service that says nothing is given up, by the caller's patience or ours.
func TestModerateHangs(t *testing.T) {
	t.Parallel()
	s := New(t, Hang(nil))
	_, err := client(t, s.URL, func(c *wire.Config) { c.FirstByte = 50 * time.Millisecond }).Moderate(t.Context(), "x")
	if e, ok := errors.AsType[*wenyuan.Error](err); !ok || e.Code != wenyuan.Unavailable || !strings.Contains(e.Message, "in time") {
		t.Errorf("error %v", err)
	}
	gone := make(chan struct{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := client(t, New(t, Hang(gone)).URL).Moderate(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	<-gone
}
