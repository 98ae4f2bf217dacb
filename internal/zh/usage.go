package zh

// usages are the sentences about what was used of models.
var usages = []pair{
	{"what is used of models is for owners and operators", "模型的用量只供所有者和运维者查看"},
	{"wenyuan limit use shows what you used of your own limits", "wenyuan limit use 显示你自己的限额已用多少"},
	{"use cannot be told apart by %q", "用量不能按“%s”分列"},
	{"by one of %s", "可选：%s"},
	{"until is %s", "until 的值是 %v"},
	{"from is %s", "from 的值是 %v"},
	{"give a day such as 2026-01-31, or a time such as 2026-01-31T14:00:00Z", "请给出日期（如 2026-01-31）或时间（如 2026-01-31T14:00:00Z）"},
}
