package server_test

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"

	"strings"
	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/server"
	"wenyuan/web/webtest"
)

// The handbook of a pump controller that does not exist, in both languages.
const (
	englishHandbook = `# Pressure alarms

The controller watches the pressure behind each pump ten times a second. It raises an alarm when the mean of one minute leaves the band that was set for the pump.

## When an alarm is raised

An alarm that nobody confirms within 15 minutes is sent to the second contact. After three further reminders, 10 minutes apart, it goes to the duty manager and stays open until it is closed by hand.

- A confirmed alarm is silent for 2 hours.
- A closed alarm is kept for 400 days.

| Level | Band | Confirm within |
|---|---|---|
| low | 0.8 to 1.2 bar | 60 min |
| critical | over 2.9 bar | 5 min |

## Setting the band

The band belongs to the pump, not to the station. It is set with the command below and holds from the next full minute.

` + "```sh\nheron band set pump-7 --low 0.8 --high 2.9\n```\n"
	chineseHandbook = `# 压力告警

控制器每秒读取十次泵后的压力。一分钟的平均值离开为该泵设定的区间时，产生告警。

## 告警产生之后

15 分钟内无人确认的告警，会发给第二联系人。再提醒三次，每次间隔 10 分钟，之后转给值班经理，直到有人手动关闭。

已确认的告警静默 2 小时。已关闭的告警保留 400 天。

## 设定区间

区间属于泵，不属于泵站。用下面的命令设定，从下一个整分钟起生效。
`
)

const hostileText = "# <script>alert(1)</script>\n\nThe valve word is \"><img src=x onerror=alert(2)> and the wheel turns left.\n"

// A house is a running server with a handbook in each language.
type house struct {
	*app.App
	url string
}

func open(t testing.TB) house {
	t.Helper()
	ctx := t.Context()
	a, err := app.Open(ctx, app.Config{Data: t.TempDir(), Program: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Server: server.Config{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(a.Server.Handler())
	t.Cleanup(s.Close)
	return house{a, s.URL}
}

func (h house) add(t testing.TB, name string, files map[string]string) {
	t.Helper()
	sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Library.Create(t.Context(), sc, name); err != nil {
		t.Fatal(err)
	}
	var ups []corpus.Upload
	for source, text := range files {
		ups = append(ups, corpus.Upload{Source: source, Body: strings.NewReader(text)})
	}
	if _, err := h.Library.Add(t.Context(), sc, name, ups); err != nil {
		t.Fatal(err)
	}
}

func TestConsoleAsk(t *testing.T) {
	h := open(t)
	h.add(t, "handbook", map[string]string{"alarms/03-pressure.md": englishHandbook, "alarms/hostile.md": hostileText})
	p := webtest.Open(t)
	p.Size(1360, 900)
	p.Go(h.url + "/ask?corpus=handbook")
	p.Shot("real-ask-first")
	p.Click("#text")
	p.Keys("What happens to an alarm that nobody confirms?\r")
	p.Until(`location.pathname.startsWith("/ask/trc")`)
	p.Shot("real-ask")
	t.Log(p.Text(".turn"))
}
