package hanzi

import (
	"strings"
	"testing"
)

func TestSimplify(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"訊息佇列":      "讯息伫列",
		"資料庫裡的檔案":   "资料库里的档案",
		"開啟、戰後、發送":  "开启、战后、发送",
		"简体不变 abc１": "简体不变 abc１",
		"著名的瞭解":     "着名的了解",
	} {
		if got := strings.Map(Simplify, in); got != want {
			t.Errorf("Simplify(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTraditionalAndBack(t *testing.T) {
	t.Parallel()
	const text = "消息队列将数据写入磁盘，然后发送给消费者；服务器开启时备份。"
	trad := Traditional(text)
	if !strings.Contains(trad, "訊") && !strings.Contains(trad, "將數據寫入磁盤") {
		t.Errorf("Traditional(%q) = %q", text, trad)
	}
	if got := strings.Map(Simplify, trad); got != text {
		t.Errorf("there and back: %q", got)
	}
}

// Every simplified form is final: simplifying twice changes nothing.
func TestSimplifyIsIdempotent(t *testing.T) {
	t.Parallel()
	n := 0
	for r := rune(first); r <= last; r++ {
		s := Simplify(r)
		if s != r {
			n++
		}
		if Simplify(s) != s {
			t.Errorf("%c becomes %c becomes %c", r, s, Simplify(s))
		}
	}
	if n < 2900 {
		t.Errorf("only %d pairs", n)
	}
}
