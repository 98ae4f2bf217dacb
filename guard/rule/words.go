package rule

import "strings"

// marks are structural marks that Chinese keyboards write in full width.
var marks = strings.NewReplacer("；", ";", "，", ",", "、", ",", "＋", "+", "｜", "|", "＝", "=", "＞", ">",
	"＠", "@", "＃", "#", "“", `"`, "”", `"`, "［", "[", "］", "]", "【", "[", "】", "]", "\u3000", " ", "\t", " ")

// keywords of options, in both languages.
var keywords = map[string]string{
	"severity": "severity", "级别": "severity",
	"action": "action", "动作": "action",
	"within": "within", "间隔": "within",
	"except": "except", "除外": "except",
	"unless": "unless", "除非": "unless",
	"variants": "variants", "变体": "variants",
}

var severities = map[string]string{
	"low": "low", "低": "low", "medium": "medium", "中": "medium", "high": "high", "高": "high",
}

var actions = map[string]string{
	"flag": "flag", "标记": "flag", "mask": "mask", "遮盖": "mask",
	"ask": "ask", "人工审阅": "ask", "refuse": "refuse", "拒答": "refuse",
}

const allVariants = separators | homophones | pinyin | initials | split | digits

var variants = map[string]variant{
	"separators": separators, "分隔": separators,
	"homophones": homophones, "同音": homophones,
	"pinyin": pinyin, "拼音": pinyin,
	"initials": initials, "首字母": initials,
	"split": split, "拆字": split,
	"digits": digits, "数字": digits,
	"all": allVariants, "全部": allVariants,
	"none": 0, "无": 0,
}
