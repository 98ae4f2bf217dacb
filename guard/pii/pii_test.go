package pii_test

import (
	"strings"
	"testing"
	"time"

	"wenyuan/guard/pii"
)

// found writes what counts as found as "KIND:value", joined by spaces.
func found(raw string) string {
	r := []rune(raw)
	var out []string
	for _, s := range pii.Find(raw) {
		if s.Score >= pii.Threshold {
			out = append(out, s.Kind+":"+string(r[s.Start:s.End]))
		}
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		// Numbers in other letters, with spaces, hyphens and what is invisible.
		{"手机一三八一二三四五六七八", "PHONE_NUMBER:一三八一二三四五六七八"},
		{"手机１３８１２３４５６７８。", "PHONE_NUMBER:１３８１２３４５６７８"},
		{"手机138\u200b1234\u200b5678。", "PHONE_NUMBER:138\u200b1234\u200b5678"},
		{"手机138 1234-5678。", "PHONE_NUMBER:138 1234-5678"},
		{"call +44 20 7946 0958 now", "PHONE_NUMBER:+44 20 7946 0958"},
		{"(212) 555-0123 ext. 45", "PHONE_NUMBER:(212) 555-0123 ext. 45"},
		{"拨打95588咨询", ""},
		{"1 3 8 12345678 is a score", ""},
		{"1 3 8 1 2 3 4 5 6 7 8", "PHONE_NUMBER:1 3 8 1 2 3 4 5 6 7 8"},
		// What has a checksum, and what fails it.
		{"身份证11010519491231002x", "CN_ID_CARD:11010519491231002x"},
		{"身份证110105194912310021", ""},
		{"信用代码91350100M000100Y43", "CN_USCC:91350100M000100Y43"},
		{"card 4111 1111 1111 1111", "CREDIT_CARD:4111 1111 1111 1111"},
		{"card 4111 1111 1111 1112", ""},
		{"IBAN GB82 WEST 1234 5698 7654 32.", "IBAN_CODE:GB82 WEST 1234 5698 7654 32"},
		{"IBAN GB82 WEST 1234 5698 7654 33.", ""},
		{"订单号4111111111111111", ""},
		// What the words around make personal.
		{"车牌粤B·D12345", "LICENSE_PLATE:粤B·D12345"},
		{"license plate AB12 CDE", "LICENSE_PLATE:AB12 CDE"},
		{"passport no. 512345678", "PASSPORT:512345678"},
		{"邮编：310012", "ZIP_CODE:310012"},
		{"born on March 7, 1990 in Ohio", "DATE_OF_BIRTH:March 7, 1990"},
		{"released on March 7, 1990", ""},
		{"ping 10.0.0.12", "IP_ADDRESS:10.0.0.12"},
		{"version 10.0.0.12 is out", ""},
		{"see 2001:db8:85a3::8a2e:370:7334", "IP_ADDRESS:2001:db8:85a3::8a2e:370:7334"},
		{"std::vector<int> a::b", ""},
		{"at 12:30:45 exactly", ""},
		// Secrets, and what only shows where one is to be put.
		{"token = 'f3a9c17be04d5526'", "API_KEY:f3a9c17be04d5526"},
		{"api_key: your-api-key", ""},
		{"export KEY=<YOUR_KEY>", ""},
		{"password: ********", ""},
		{"密码是Qwer@1234，", "PASSWORD:Qwer@1234"},
		{"postgres://app:s3cret99@db.corp.cn/x", "CREDENTIAL_URL:postgres://app:s3cret99@db.corp.cn/x"},
		{"-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("MIIEvQIBADANBgkq", 4) + "\n-----END PRIVATE KEY-----", "PRIVATE_KEY:-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("MIIEvQIBADANBgkq", 4) + "\n-----END PRIVATE KEY-----"},
		{"Ticket 482-19-3307-B", ""},
		// Names and places.
		{"审核人：徐 昂", "PERSON:徐 昂"},
		{"由约翰·麦克莱恩和阿依古丽·买买提介绍", "PERSON:约翰·麦克莱恩 PERSON:阿依古丽·买买提"},
		{"人工智能·大数据", ""},
		{"客户：无 联系人：见附件 负责人：同上", ""},
		{"Étienne d'Aubigny paid", "PERSON:Étienne d'Aubigny"},
		{"Victoria station, Morgan Stanley, Johnson & Johnson", ""},
		{"to Flat 7, 48 Milton Road, Cambridge CB4 1JH", "ADDRESS:Flat 7, 48 Milton Road, Cambridge CB4 1JH"},
		{"欧阳建国先生", "PERSON:欧阳建国"},
		{"高兴的时候方便联系", ""},
		{"他生于香港，在南非、伊朗、印尼三地工作，汉语、普鲁士史都懂。", ""},
		{"0111 00100000 01100 0110000", ""},
		{"联系人：王先生，共3万美元", ""},
		{"ftp://username:password@ftp.corp.cn/x", "URL:ftp://username:password@ftp.corp.cn/x"},
		{"Dr. Jane Goodall spoke", "PERSON:Jane Goodall"},
		{"Read the Manual before Monday", ""},
		{"地址：文三路478号3单元501", "ADDRESS:文三路478号3单元501"},
		{"ship to 221 Baker Street, Apt. 4, London", "ADDRESS:221 Baker Street, Apt. 4, London"},
	}
	for _, tt := range tests {
		if got := found(tt.text); got != tt.want {
			t.Errorf("%q: found %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestDoubt looks that what fails its checksum where one is expected is a doubt.
func TestDoubt(t *testing.T) {
	t.Parallel()
	spans := pii.Find("我的身份证号是110105194912310021")
	if len(spans) != 1 || spans[0].Checked || spans[0].Score >= pii.Threshold {
		t.Errorf("got %+v", spans)
	}
}

func TestAlias(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"street_address": "ADDRESS", "Location": "ADDRESS", "bank card": "CREDIT_CARD", "cn-phone": "PHONE_NUMBER",
		"ID_CARD": "CN_ID_CARD", "uscc": "CN_USCC", "name": "PERSON", "EMAIL_ADDRESS": "EMAIL_ADDRESS", "gpe": "GPE",
	} {
		if got := pii.Alias(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// TestScore looks that kinds that are not looked for are left out, and that what is found
// under the rows' own names is counted under them.
func TestScore(t *testing.T) {
	t.Parallel()
	r := pii.Score([]pii.Row{
		{Text: "姓名：王芳", Spans: []pii.Labelled{{Type: "NAME", Start: 3, End: 5}}},
		{Text: "在德国", Spans: []pii.Labelled{{Type: "GPE", Start: 1, End: 3}}},
		{Text: "电话13812345678", Spans: []pii.Labelled{{Type: "MOBILE", Start: 2, End: 12}}},
	})
	name, mobile := r.By["NAME"], r.By["MOBILE"]
	if name.TP != 1 || name.F1 != 1 || mobile.TP != 0 || mobile.FP != 1 || mobile.FN != 1 || mobile.Overlap.F1 != 1 {
		t.Errorf("by kind: %+v", r.By)
	}
	if r.Ignored["GPE"] != 1 || r.Total.FN != 1 || r.Overlap.F1 != 1 {
		t.Errorf("report: %+v", r)
	}
}

// TestLinear looks that no text is slow: eight times as much of what begins many things may
// take a little more than eight times as long, not 64 times. What else the machine does
// makes a single measurement long, so one good one of several is enough: what grows with the
// square has none.
func TestLinear(t *testing.T) {
	const long, tries, bound = 128 << 10, 6, 30
	took := func(raw string) time.Duration {
		start := time.Now()
		pii.Find(raw)
		return max(time.Since(start), 20*time.Microsecond)
	}
	for _, piece := range []string{"1", "1 ", "1-", "张", "张伟、", "张 ", "联系人:张 ", "约翰·", "·", "理·", "a", "A ", "A. ", "A & ", "d'", "John ", "John,1 ", "Flat 1, ", "@", "a@", "a.", "-----BEGIN PRIVATE KEY-----", "[PERSON_", "password: ", "北京市", "路", "一三", "GB82", "1.", "a:", "::", "http://", "\u200b", "é", "\u0301", "sk-", "eyJ", "Street ", "12 Main ", "?token=", "http://a?b&c", "是", "\xff"} {
		raw := strings.Repeat(piece, long/len(piece))
		best := 1e9
		for range tries {
			short := took(raw[:len(raw)/8])
			if best = min(best, float64(took(raw))/float64(short)); best < bound {
				break
			}
		}
		if best >= bound {
			t.Errorf("%q: eight times the text takes %.0f times as long", piece, best)
		}
	}
}

var (
	question = strings.Repeat("请问联系人张建国的电话13812345678是否有效？订单 20230815123 还没有发货，请帮我查一下。", 11)
	english  = strings.Repeat("My name is Emily Carter and my order 20230815123 has not arrived. Please call (212) 555-0123 or write to me. ", 5)
	ordinary = strings.Repeat("The broker keeps messages in queues, and each consumer group reads them at its own speed without losing any. ", 5)
)

func BenchmarkFind(b *testing.B) {
	for name, s := range map[string]string{"zh500": question, "en500": english, "plain500": ordinary, "zh4000": strings.Repeat(question, 8), "en4000": strings.Repeat(english, 8), "plain4000": strings.Repeat(ordinary, 8)} {
		n := 500
		if strings.HasSuffix(name, "4000") {
			n = 4000
		}
		s := string([]rune(s)[:n])
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				pii.Find(s)
			}
		})
	}
}
