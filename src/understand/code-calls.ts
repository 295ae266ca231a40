/** What a telling call of a script language does with its arguments. */
export type CallMeaning =
  | 'shell' // its first argument is text for a shell, or a list of words
  | 'spawn' // program, then a list of arguments
  | 'delete'
  | 'delete-tree'
  | 'read'
  | 'write'
  | 'open' // reads or writes by its second argument
  | 'move' // from, to
  | 'copy' // from, to
  | 'grant' // file mode
  | 'get' // from a URL
  | 'post' // to a URL
  | 'request' // method, URL
  | 'fetch' // URL, options with a method
  | 'connect' // host, port
  | 'pty' // hands a terminal or a shell to someone
  | 'evaluate' // runs its argument as code
  | 'kill'
  | 'disk-method'; // the file stands before: `Path('x').unlink()`

export type CallTable = readonly (readonly [pattern: string, meaning: CallMeaning])[];

const python: CallTable = [
  [String.raw`os\.(?:system|popen)`, 'shell'],
  [
    String.raw`(?:__import__|importlib\.import_module)\(\s*['"](?:os|subprocess)['"]\s*\)\.(?:system|popen|run|call|Popen|check_output)`,
    'shell',
  ],
  [String.raw`(?:__import__)\(\s*['"]pty['"]\s*\)\.spawn`, 'pty'],
  [String.raw`(?:subprocess\.)?(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)`, 'shell'],
  [String.raw`(?:commands|popen2)\.\w+`, 'shell'],
  [String.raw`os\.(?:exec[lv]p?e?|spawn[lv]p?e?|posix_spawn)`, 'spawn'],
  [String.raw`pty\.spawn`, 'pty'],
  [String.raw`os\.dup2`, 'pty'],
  [String.raw`shutil\.rmtree`, 'delete-tree'],
  [String.raw`os\.(?:remove|unlink|rmdir|removedirs|truncate)`, 'delete'],
  [String.raw`(?:shutil\.move|os\.(?:rename|replace|renames))`, 'move'],
  [String.raw`(?:shutil\.(?:copy|copy2|copyfile|copytree)|os\.(?:link|symlink))`, 'copy'],
  [String.raw`os\.(?:chmod|chown|lchown)`, 'grant'],
  [String.raw`os\.(?:makedirs|mkdir|mknod|mkfifo)`, 'write'],
  [String.raw`(?:io\.|codecs\.|os\.)?open`, 'open'],
  [String.raw`os\.(?:listdir|scandir|walk|stat)`, 'read'],
  [String.raw`(?:glob\.)?i?glob`, 'read'],
  [String.raw`(?:pathlib\.)?Path`, 'disk-method'],
  [String.raw`(?:requests|httpx|session|client)\.(?:get|head|options)`, 'get'],
  [String.raw`(?:requests|httpx|session|client)\.(?:post|put|patch|delete)`, 'post'],
  [String.raw`(?:requests|httpx)\.request`, 'request'],
  [String.raw`(?:urllib\.request\.|urllib2?\.|request\.)?(?:urlopen|urlretrieve|Request)`, 'get'],
  [
    String.raw`http\.client\.HTTPS?Connection|ftplib\.FTP|smtplib\.SMTP(?:_SSL)?|telnetlib\.Telnet|paramiko\.\w+`,
    'connect',
  ],
  [String.raw`\w+\.connect(?:_ex)?|socket\.create_connection`, 'connect'],
  [
    String.raw`(?:exec|eval|compile|__import__|importlib\.import_module|marshal\.loads|pickle\.loads|runpy\.run_path)`,
    'evaluate',
  ],
  [String.raw`os\.kill(?:pg)?`, 'kill'],
];

const node: CallTable = [
  ['(?:execSync|execAsync|exec)', 'shell'],
  ['(?:spawnSync|spawn|execFileSync|execFile|fork)', 'spawn'],
  [String.raw`(?:unlinkSync|unlink|rmdirSync|rmdir|truncateSync|rimraf(?:\.sync)?)`, 'delete'],
  ['(?:rmSync|rm|removeSync|Deno\\.remove|emptyDirSync)', 'delete-tree'],
  [String.raw`(?:new )?Deno\.Command`, 'spawn'],
  ['(?:readFileSync|readFile|readdirSync|readdir|createReadStream|readJsonSync)', 'read'],
  ['(?:writeFileSync|writeFile|appendFileSync|appendFile|createWriteStream|mkdirSync|mkdir|outputFileSync)', 'write'],
  ['(?:renameSync|rename|moveSync)', 'move'],
  ['(?:copyFileSync|copyFile|cpSync|symlinkSync|linkSync)', 'copy'],
  ['(?:chmodSync|chmod|chownSync|chown)', 'grant'],
  ['fetch', 'fetch'],
  [String.raw`https?['")]{0,3}\.(?:get|request)|axios(?:\.get)?|got(?:\.get)?`, 'get'],
  [String.raw`(?:axios|got|superagent|request)\.(?:post|put|patch|delete)`, 'post'],
  [
    String.raw`(?:net|tls)['")]{0,3}\.(?:connect|createConnection)|new WebSocket|new (?:net\.)?Socket|\w+\.connect`,
    'connect',
  ],
  [String.raw`(?:eval|Function|new Function|vm\.runIn\w+|process\.binding|process\.dlopen)`, 'evaluate'],
  [String.raw`process\.kill`, 'kill'],
];

const perl: CallTable = [
  ['(?:system|exec|qx|readpipe)', 'shell'],
  ['(?:unlink|rmdir)', 'delete'],
  ['(?:rmtree|remove_tree)', 'delete-tree'],
  ['(?:rename|move)', 'move'],
  ['copy', 'copy'],
  ['open', 'open'],
  ['(?:chmod|chown)', 'grant'],
  ['(?:get|getstore|getprint)', 'get'],
  [String.raw`(?:IO::Socket::\w+->new|socket|connect)`, 'connect'],
  ['eval', 'evaluate'],
  ['kill', 'kill'],
];

const ruby: CallTable = [
  [String.raw`(?:Kernel\.)?(?:system|exec|spawn|popen|IO\.popen|Open3\.\w+)`, 'shell'],
  [String.raw`FileUtils\.(?:rm_rf|rm_r|remove_dir|remove_entry\w*)`, 'delete-tree'],
  [String.raw`(?:File\.(?:delete|unlink)|FileUtils\.rm(?:_f)?|Dir\.(?:delete|rmdir|unlink))`, 'delete'],
  [String.raw`(?:File|IO)\.(?:read|readlines|binread|foreach)|Dir\.(?:glob|entries|children)`, 'read'],
  [String.raw`(?:File|IO)\.(?:write|binwrite)|FileUtils\.(?:touch|mkdir\w*)`, 'write'],
  [String.raw`(?:File\.)?open`, 'open'],
  [String.raw`(?:FileUtils\.mv|File\.rename)`, 'move'],
  [String.raw`FileUtils\.cp\w*`, 'copy'],
  [String.raw`(?:File|FileUtils)\.(?:chmod|chown)\w*`, 'grant'],
  [String.raw`(?:URI\.open|Net::HTTP\.get\w*|URI)`, 'get'],
  [String.raw`Net::HTTP\.post\w*`, 'post'],
  [String.raw`TCPSocket\.(?:new|open)`, 'connect'],
  [String.raw`(?:eval|instance_eval|class_eval|Marshal\.load)`, 'evaluate'],
];

const php: CallTable = [
  ['(?:system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec)', 'shell'],
  ['(?:unlink|rmdir)', 'delete'],
  ['(?:file_get_contents|readfile|file|highlight_file|show_source|scandir|glob)', 'read'],
  ['file_put_contents', 'write'],
  ['fopen', 'open'],
  ['rename', 'move'],
  ['copy', 'copy'],
  ['chmod', 'grant'],
  ['curl_init', 'get'],
  ['(?:fsockopen|pfsockopen|stream_socket_client|socket_connect)', 'connect'],
  ['(?:eval|assert|create_function|include|require)', 'evaluate'],
];

const lua: CallTable = [
  [String.raw`\w+:connect|socket\.connect`, 'connect'],
  [String.raw`(?:os\.execute|io\.popen)`, 'shell'],
  [String.raw`os\.remove`, 'delete'],
  [String.raw`os\.rename`, 'move'],
  [String.raw`io\.open`, 'open'],
  ['(?:load|loadstring|dofile)', 'evaluate'],
];

const osascript: CallTable = [['do shell script', 'shell']];
const r: CallTable = [
  ['system2?', 'shell'],
  [String.raw`(?:unlink|file\.remove)`, 'delete-tree'],
  [String.raw`(?:readLines|read\.\w+|source)`, 'read'],
  [String.raw`(?:writeLines|write\.\w+)`, 'write'],
  [String.raw`(?:download\.file|url)`, 'get'],
  ['eval', 'evaluate'],
];
const julia: CallTable = [
  ['run', 'shell'],
  ['rm', 'delete-tree'],
  ['read', 'read'],
  ['write', 'write'],
  ['download', 'get'],
];
const powershell: CallTable = [
  ['(?:Invoke-Expression|iex)', 'evaluate'],
  ['(?:Remove-Item|ri|rm|del)', 'delete-tree'],
  ['(?:Invoke-WebRequest|Invoke-RestMethod|iwr|irm|curl|wget)', 'get'],
  ['(?:Get-Content|gc|cat)', 'read'],
  ['(?:Set-Content|Out-File|Add-Content)', 'write'],
  ['Start-Process', 'spawn'],
];

export const callTables: Readonly<Record<string, CallTable>> = {
  python,
  node,
  perl,
  ruby,
  php,
  lua,
  osascript,
  r,
  julia,
  powershell,
};
