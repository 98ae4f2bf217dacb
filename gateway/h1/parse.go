package h1

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

var errHeader = errors.New("h1: a header of the request holds what cannot stand in one")

// appendHead is the head of a request as it is sent.
func appendHead(b []byte, req *http.Request) ([]byte, error) {
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	if !clean(host) || !token(req.Method) {
		return nil, errHeader
	}
	b = append(append(append(b, req.Method...), ' '), req.URL.RequestURI()...)
	b = append(append(append(b, " HTTP/1.1\r\nHost: "...), host...), "\r\n"...)
	if req.ContentLength > 0 || req.Body != nil && req.Method != http.MethodGet {
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), max(req.ContentLength, 0), 10), "\r\n"...)
	}
	for name, values := range req.Header {
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding", "Connection", "Trailer":
			continue // ours to say
		}
		for _, v := range values {
			if !clean(v) || !token(name) {
				return nil, errHeader
			}
			b = append(append(append(append(b, name...), ": "...), v...), "\r\n"...)
		}
	}
	return append(b, "\r\n"...), nil
}

// clean says whether a value can stand in a head.
func clean(v string) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// token says whether a word can be the name of a header or a method.
func token(v string) bool {
	for i := range len(v) {
		if !tokenByte[v[i]] {
			return false
		}
	}
	return v != ""
}

// tokenByte are the characters of a token (RFC 9110, 5.6.2).
var tokenByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c < 0x7f && c > 0 && strings.IndexByte("!#$%&'*+-.^_`|~", byte(c)) >= 0
	}
	return t
}()

func addressOf(req *http.Request) string {
	if req.URL.Port() != "" {
		return req.URL.Host
	}
	return net.JoinHostPort(req.URL.Hostname(), "80")
}

// parse reads a head of the usual form: HTTP/1.1 200, plain lines, a length or chunks, and a connection
// that stays. nil where it is another.
func parse(head []byte, req *http.Request) *http.Response {
	const begin = "HTTP/1.1 200"
	if !bytes.HasPrefix(head, []byte(begin)) || req.Method == http.MethodHead {
		return nil
	}
	text := string(head)
	line, rest, _ := strings.Cut(text, "\r\n")
	if len(line) > len(begin) && line[len(begin)] != ' ' {
		return nil
	}
	resp := &http.Response{Status: "200 OK", StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header, 8), ContentLength: -1, Request: req}
	values := make([]string, 0, 8)
	for rest != "\r\n" {
		name, value, more, ok := field(rest)
		if !ok || !frames(resp, name, value) {
			return nil
		}
		rest = more
		if resp.Header[name] != nil {
			resp.Header[name] = append(resp.Header[name], value)
			continue
		}
		values = append(values, value)
		resp.Header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	if chunked := resp.TransferEncoding != nil; chunked == (resp.ContentLength >= 0) {
		return nil // neither, or both
	}
	delete(resp.Header, "Transfer-Encoding") // as net/http does
	return resp
}

// field reads a line of a head.
func field(text string) (name, value, rest string, ok bool) {
	line, rest, ok := strings.Cut(text, "\r\n")
	name, value, colon := strings.Cut(line, ":")
	value = strings.Trim(value, " \t")
	if !ok || !colon || !token(name) || !clean(value) {
		return "", "", "", false
	}
	return textproto.CanonicalMIMEHeaderKey(name), value, rest, true
}

// frames takes what a header says of the body and of the connection; false where that is unusual.
func frames(resp *http.Response, name, value string) bool {
	switch name {
	case "Content-Length":
		n, err := strconv.ParseUint(value, 10, 62)
		if err != nil || resp.ContentLength >= 0 || value[0] == '+' {
			return false
		}
		resp.ContentLength = int64(n)
	case "Transfer-Encoding":
		if !strings.EqualFold(value, "chunked") || resp.TransferEncoding != nil {
			return false
		}
		resp.TransferEncoding = []string{"chunked"}
	case "Connection":
		return strings.EqualFold(value, "keep-alive")
	case "Trailer", "Upgrade":
		return false
	}
	return true
}
