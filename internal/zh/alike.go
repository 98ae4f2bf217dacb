package zh

// alikes are the sentences about questions that mean the same.
var alikes = []pair{
	// pairs that are measured
	{`give JSON lines such as {"a": "...", "b": "...", "label": 1, "lang": "en"}`, `请提供 JSON 行，如 {"a": "...", "b": "...", "label": 1, "lang": "en"}`},
	{"%s is no JSON object with a and b as texts", "%s 不是含有 a 和 b（均为文字）的 JSON 对象"},
	{"%s has no text in a or in b", "%s 的 a 或 b 没有文字"},
	{"%s has a text of more than %d bytes", "%s 的文字超过 %s 字节"},
	{"%s has the label %q; it is 1 where the answer to a may serve b, else 0", "%s 的标签是“%s”；a 的回答可用于 b 时应为 1，否则为 0"},

	// why an answer is given for a question like its own, or is not
	{"numbers, names, times and what is asked for agree", "数字、名称、时间和所问内容一致"},
	{"it may be given, and is tried out against a new answer", "可以使用，这次用新回答对照检验"},
	{"it is not sure enough that the answer is right", "还不能确定这个回答适用"},
	{"a question is too long to be compared", "问题太长，无法比较"},
	{"a text asks nothing", "没有提出问题"},
	{"they ask for different things", "所问内容不同"},
	{"numbers, units, dates or versions differ", "数字、单位、日期或版本不同"},
	{"names differ", "名称不同"},
	{"one denies what the other says", "一个否定，一个肯定"},
	{"times differ", "时间不同"},
	{"persons differ", "所指的人不同"},
	{"quantities differ", "数量词不同"},
	{"what must or may be differs", "必须与可以不一致"},
	{"they stand against each other", "意思相反"},
	{"conditions differ", "条件不同"},
	{"the same words stand in another order", "词相同而顺序不同"},
	{"most of the words differ", "大部分词不同"},
}
