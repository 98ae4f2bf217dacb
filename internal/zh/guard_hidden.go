package zh

// hiddenText is what guards say of text that readers of a document do not see, and of a scan.
var hiddenText = []pair{
	{"This instruction stands where readers of the document do not see it.", "这条指令写在文档读者看不到的地方。"},
	{"This instruction stands in a part of the document that is not shown.", "这条指令写在文档中不显示的部分。"},
	{"This instruction is written in ink that is not seen.", "这条指令用看不见的墨色写成。"},
	{"This instruction is written in letters that are too small to be seen.", "这条指令的字小到看不见。"},
	{"This instruction is written in the colour of what is behind it.", "这条指令的字色与背景相同。"},
	{"This instruction stands off the page, where nobody sees it.", "这条指令写在页面之外，没有人看得到。"},
	{"This instruction stands in a part of the page that is cut away.", "这条指令写在页面被裁掉的部分。"},
	{"This instruction stands in a hidden sheet, row or column.", "这条指令写在隐藏的工作表、行或列里。"},
	{"This instruction is written in characters that have no shape.", "这条指令用没有字形的字符写成。"},
	{"This instruction stands in a comment of the document.", "这条指令写在文档的注释里。"},
	{"This instruction stands in a remark on the page.", "这条指令写在页面的批注里。"},
	{"This instruction stands in the title of a link.", "这条指令写在链接的标题里。"},
	{"This instruction stands in the description of a picture.", "这条指令写在图片的说明里。"},
	{"This instruction stands in what the file says of itself.", "这条指令写在文件的属性里。"},
	{"This instruction stands in the data that a page holds for programs.", "这条指令写在网页留给程序的数据里。"},
	{"a corpus is scanned by reviewers and owners of the space", "扫描语料库是空间的审阅者和所有者的事"},
	{"a corpus is being scanned already", "已经有一个语料库在扫描"},
	{"wait until that is through; two at once would take longer", "等它完成；两个一起扫描会更慢"},
	{"there is no corpus to look at", "没有指明要扫描的语料库"},
	{"name one as corpus", "请用 corpus 指明一个"},
	{"this server has no guards", "这个服务没有护栏"},
	{"start it by wenyuan serve", "请用 wenyuan serve 启动"},
}
