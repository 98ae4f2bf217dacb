package zh

// accessPages are the errors of the pages that say who may do what, and what to do.
var accessPages = []pair{
	{"%s is no amount", "%s 不是数量"},
	{"a key is valid for 1 to 3650 days", "密钥的有效期为 1 至 3650 天"},
	{"end the view first: the bar at the top of each page does", "请先结束查看，每页顶部的横条上有按钮"},
	{"entry %d: %s", "第 %s 条：%s"},
	{"give a number, as in 60 or 4.50", "请给出数字，如 60 或 4.50"},
	{"give a whole number, or leave it empty", "请给出整数，或留空"},
	{"nothing can be changed while the view of somebody else is shown", "正在查看他人的视角，什么都不能改动"},
	{"say with whom it is shared no longer", "请指明不再与谁共享"},
	{"sign in first", "请先登录"},
	{"the form names nobody", "表单没有指明任何人"},
	{"the name that was typed is another one", "输入的名称不一致"},
	{"the page before lists them", "上一页列出了全部条目"},
	{"there is no entry %q", "没有条目“%s”"},
	{"type the name as it stands above; nothing was changed", "请照上面的写法输入名称；什么都没有改动"},
	{"with a key one cannot look at the view of somebody else", "持密钥不能查看他人的视角"},
}
