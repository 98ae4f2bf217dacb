package check

import "testing"

// TestSameForms holds forms that must be read as one.
func TestSameForms(t *testing.T) {
	t.Parallel()
	for _, forms := range [][]string{
		{"1000", "1,000", "1，000", "one thousand", "a thousand", "一千", "１０００", "1千", "1k"},
		{"1024", "1,024", "one thousand and twenty-four", "one thousand twenty four", "一千零二十四"},
		{"2021", "二〇二一", "两千零二十一", "2,021"},
		{"205", "two hundred and five", "两百零五", "二百零五"},
		{"16", "sixteen", "十六", "１６"},
		{"25", "twenty-five", "二十五"},
		{"3.5", "三点五", "３．５", "three point five"},
		{"50%", "50 percent", "百分之五十", "百分之50", "fifty percent", "50 %", "５０％"},
		{"60 seconds", "1 minute", "一分钟", "60s", "60 秒", "60000ms", "１分钟", "one minute"},
		{"24 hours", "1 day", "一天", "24小时", "24 个小时"},
		{"2048 MB", "2GB", "2 GB", "2gb", "two GB"},
		{"1.5 million", "1500000", "1,500,000", "150万", "一百五十万"},
		{"200 million", "2亿", "两亿", "200,000,000"},
		{"$5", "5 dollars", "5美元", "五美元", "5 USD"},
		{"-5", "minus 5", "负5"},
		{"v4.9.1", "V4.9.1", "4.9.1"},
		{"don't", "do not", "don’t"},
		{"isn't", "is not"},
		{"won't", "will not"},
		{"cannot", "can't", "can not"},
		{"stored", "stores", "storing", "saved"},
		{"不少于", "at least", "至少", "≥"},
		{"启用", "啟用"},
		{"brokerName", "`brokerName`", "**brokerName**", "ｂｒｏｋｅｒＮａｍｅ"},
		{"第一", "第1", "first", "1st"},
		{"第三", "第3", "third", "3rd"},
		{"2021年5月3日", "二〇二一年五月三日"},
		{"三个", "3个", "3"},
		{"queue", "[queue](http://a.b/c)", "<b>queue</b>"},
		{"a < 5", "a &lt; 5"},
	} {
		want := readForm(forms[0])
		for _, f := range forms[1:] {
			if got := readForm(f); got != want {
				t.Errorf("%q is read as %s, %q as %s", f, got, forms[0], want)
			}
		}
	}
}

// TestDifferentForms holds forms that must not be read as one.
func TestDifferentForms(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"1000", "10000"}, {"1.5", "15"}, {"5.1.0", "5.2.0"}, {"5 ms", "5 s"}, {"5 MB", "5 GB"}, {"5 元", "5 美元"},
		{"5小时", "5分钟"}, {"at least", "at most"}, {"must", "may"}, {"before", "after"}, {"上游", "下游"}, {"最大", "最小"},
		{"所有", "部分"}, {"必须", "可以"}, {"不能", "无需"}, {"maxSize", "minSize"}, {"and", "or"}, {"-5", "5"}, {"50%", "50"}, {"5月", "5年"}, {"from", "to"},
		{"if", "unless"}, {"五百", "五千"}, {"一千零二十", "一千零二"},
	} {
		if readForm(c[0]) == readForm(c[1]) {
			t.Errorf("%q and %q are read alike", c[0], c[1])
		}
	}
}

// TestNeutralWords holds words that look like a negation, quantity or direction.
func TestNeutralWords(t *testing.T) {
	t.Parallel()
	for _, w := range []string{"不断", "未来", "特别", "非洲", "前端", "大小", "负载均衡", "最近", "一般性地说" /* 一般 is a quantity */} {
		var s scanner
		s.reset()
		s.scan(w, true)
		for _, k := range s.out {
			if k.class == negation || k.class == direction {
				t.Errorf("%q holds a %d", w, k.class)
			}
		}
	}
}

func readForm(text string) string {
	var s scanner
	s.reset()
	s.scan("x y "+text, true)
	out := ""
	for _, k := range s.out[2:] {
		out += string(rune('a'+k.class)) + hex(k.id) + " "
	}
	return out
}

func hex(h uint64) string {
	const digits = "0123456789abcdef"
	b := make([]byte, 16)
	for i := range b {
		b[i] = digits[h>>(4*i)&15]
	}
	return string(b)
}
