package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/auth/audit"
	"wenyuan/privacy"
)

// A recordedHouse has an operator and Li, who may ask, with their keys.
type recordedHouse struct {
	house
	op, li string
}

func openRecorded(t *testing.T) recordedHouse {
	t.Helper()
	h := recordedHouse{house: openWith(t, app.Config{})}
	var key struct {
		Key string `json:"key"`
	}
	h.into(t, &key, "POST", "/api/init", `{"name":"op"}`)
	h.op = key.Key
	h.by(t, h.op, http.StatusOK, nil, "POST", "/api/people", `{"name":"Li","email":"li@example.org"}`)
	h.by(t, h.op, http.StatusOK, &key, "POST", "/api/keys", `{"person":"Li"}`)
	h.li = key.Key
	return h
}

// by sends a request with a key, which must end with a status.
func (h recordedHouse) by(t *testing.T, key string, status int, into any, method, path, body string) string {
	t.Helper()
	resp, got := h.send(t, method, path, body, "Authorization", "Bearer "+key)
	if resp.StatusCode != status {
		t.Fatalf("%s %s: %d, not %d: %s", method, path, resp.StatusCode, status, got)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(got), into); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
	}
	return got
}

// TestAuditOverHTTP: what is done stands in the record, with who did it; who may know reads it, and
// it can be verified, exported and pruned.
func TestAuditOverHTTP(t *testing.T) {
	t.Parallel()
	h := openRecorded(t)
	h.by(t, h.op, 200, nil, "POST", "/api/corpora", `{"name":"pumps"}`)
	h.by(t, h.li, 200, nil, "POST", "/api/ask", `{"question":"How long is a closed alarm kept?","corpus":"pumps"}`)
	var list struct {
		Entries []audit.Entry `json:"entries"`
	}
	h.by(t, h.op, 200, &list, "GET", "/api/audit?action=question", "")
	if len(list.Entries) != 1 || list.Entries[0].Actor.Name != "Li" || list.Entries[0].Object != "pumps" || list.Entries[0].Actor.Key == "" || strings.Contains(string(list.Entries[0].Detail), "alarm") {
		t.Errorf("%+v", list.Entries)
	}
	h.by(t, h.op, 200, &list, "GET", "/api/audit?actor=li@example.org&limit=5", "")
	if len(list.Entries) != 1 {
		t.Errorf("%+v", list.Entries)
	}
	for _, path := range []string{"/api/audit", "/api/audit/export"} {
		h.by(t, h.li, 403, nil, "GET", path, "")
	}
	h.by(t, h.li, 403, nil, "POST", "/api/audit/verify", `{}`)
	h.by(t, h.li, 403, nil, "DELETE", "/api/audit?before=1", "")
	h.by(t, h.op, 400, nil, "DELETE", "/api/audit", "")
	h.by(t, h.op, 400, nil, "GET", "/api/audit?from=yesterday", "")
	var v audit.Verdict
	h.by(t, h.op, 200, &v, "POST", "/api/audit/verify", `{}`)
	if !v.OK || v.Entries < 4 || v.From != 1 {
		t.Errorf("%+v", v)
	}
	lines := strings.Split(strings.TrimSpace(h.by(t, h.op, 200, nil, "GET", "/api/audit/export", "")), "\n")
	var last audit.Line
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || int64(len(lines)) != v.Entries || last.Digest != v.Head || last.Salt == "" {
		t.Errorf("%d lines, %v, %+v", len(lines), err, last)
	}
	var dropped struct{ Dropped int64 }
	h.by(t, h.op, 200, &dropped, "DELETE", fmt.Sprint("/api/audit?before=", last.At), "")
	head := v.Head
	h.by(t, h.op, 200, &v, "POST", "/api/audit/verify", `{"head":"`+head+`"}`)
	if !v.OK || dropped.Dropped != int64(len(lines))-1 || v.From != last.Number {
		t.Errorf("%d dropped, %+v", dropped.Dropped, v)
	}
	h.by(t, h.op, 200, &v, "POST", "/api/audit/verify", `{"head":"`+strings.Repeat("0", 64)+`"}`)
	if v.OK || v.Why == "" {
		t.Errorf("a head that never was: %+v", v)
	}
}

// TestRecordOfSpace: what a space does not record is not kept, and the answer says so.
func TestRecordOfSpace(t *testing.T) {
	t.Parallel()
	h := openRecorded(t)
	h.by(t, h.op, 200, nil, "POST", "/api/corpora", `{"name":"pumps"}`)
	type told struct {
		Trace, Conversation, Notice string
	}
	for _, c := range []struct {
		record, notice         string
		trace, talk, questions int
	}{
		{"none", "nothing of this question", 0, 0, 0},
		{"metadata", "neither the question nor the answer is recorded", 1, 0, 1},
		{"all", "", 2, 1, 2},
	} {
		h.by(t, h.op, 200, nil, "PATCH", "/api/spaces/main", `{"record":"`+c.record+`"}`)
		var a told
		h.by(t, h.li, 200, &a, "POST", "/api/ask", `{"question":"Where is the ZEBRA?","corpus":"pumps","conversation":"new"}`)
		if (a.Trace != "") != (c.record != "none") || (a.Conversation != "") != (c.record == "all") || !strings.Contains(a.Notice, c.notice) || (c.notice == "") != !strings.Contains(a.Notice, "By the rules") {
			t.Errorf("%s: %+v", c.record, a)
		}
		h.by(t, h.li, 200, &a, "POST", "/api/ask", `{"question":"Remember that I like ZEBRAS.","corpus":"pumps","conversation":"new"}`)
		if kept := h.by(t, h.li, 200, nil, "GET", "/api/memories", ""); strings.Contains(kept, "ZEBRA") != (c.record == "all") {
			t.Errorf("%s: remembered %s", c.record, kept)
		}
		var traces struct {
			Traces []struct{ ID, Question string } `json:"traces"`
		}
		h.by(t, h.li, 200, &traces, "GET", "/api/traces", "")
		if len(traces.Traces) != 2*c.trace {
			t.Errorf("%s: %d traces", c.record, len(traces.Traces))
		}
		whole := h.by(t, h.li, 200, nil, "GET", "/api/conversations/export", "")
		for _, tr := range traces.Traces {
			whole += h.by(t, h.li, 200, nil, "GET", "/api/traces/"+tr.ID, "")
		}
		if strings.Contains(whole, "ZEBRA") != (c.record == "all") {
			t.Errorf("%s: kept %s", c.record, whole)
		}
		var list struct{ Entries []audit.Entry }
		h.by(t, h.op, 200, &list, "GET", "/api/audit?action=question", "")
		if len(list.Entries) != 2*c.questions {
			t.Errorf("%s: %d questions in the audit", c.record, len(list.Entries))
		}
	}
	_, page := h.send(t, "POST", "/ask", "question=Where+is+it&assistant=pumps", "Authorization", "Bearer "+h.li, "Content-Type", "application/x-www-form-urlencoded")
	if strings.Contains(page, "internal") {
		t.Error(page)
	}
}

// TestPrivacyOverHTTP: a person gets all that is kept of them; an operator takes it away.
func TestPrivacyOverHTTP(t *testing.T) {
	t.Parallel()
	h := openRecorded(t)
	h.by(t, h.op, 200, nil, "POST", "/api/corpora", `{"name":"pumps"}`)
	h.by(t, h.li, 200, nil, "POST", "/api/ask", `{"question":"Where is the ZEBRA?","corpus":"pumps","conversation":"new"}`)
	for _, who := range []string{h.li, h.op} {
		if all := h.by(t, who, 200, nil, "GET", "/api/people/li/export", ""); !strings.Contains(all, `"kind":"conversation"`) || !strings.Contains(all, "ZEBRA") || strings.Contains(all, h.li) {
			t.Errorf("%s", all)
		}
	}
	h.by(t, h.li, 403, nil, "GET", "/api/people/op/export", "")
	h.by(t, h.li, 403, nil, "GET", "/api/people/nobody/export", "")
	h.by(t, h.op, 404, nil, "GET", "/api/people/nobody/export", "")
	var held struct{ Key string }
	h.by(t, h.li, 200, &held, "POST", "/api/keys", `{"can":["ask"]}`)
	h.by(t, held.Key, 403, nil, "GET", "/api/people/li/export", "")
	h.by(t, h.li, 403, nil, "POST", "/api/people/li/erase", `{"confirm":"Li"}`)
	h.by(t, h.op, 400, nil, "POST", "/api/people/li/erase", `{"confirm":"li"}`)
	var e privacy.Erasure
	h.by(t, h.op, 200, &e, "POST", "/api/people/li/erase", `{"confirm":"Li"}`)
	if e.Erased["conversation"] != 1 || e.Erased["trace"] != 1 || e.Erased["key"] != 2 || len(e.Remains) == 0 {
		t.Errorf("%+v", e)
	}
	h.by(t, h.li, 401, nil, "GET", "/api/me", "")
	h.by(t, h.op, 404, nil, "GET", "/api/people/li", "")
	h.by(t, h.op, 409, nil, "POST", "/api/people/op/erase", `{"confirm":"op"}`)
	if all := h.by(t, h.op, 200, nil, "GET", "/api/audit/export", ""); strings.Contains(all, "ZEBRA") || strings.Contains(all, `Li`) {
		t.Error(all)
	}
}
