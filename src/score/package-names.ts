/** Names that many projects install; a name one slip away from one of them, and not in the list itself, is a look-alike. */
const known: Readonly<Record<'npm' | 'pip', ReadonlySet<string>>> = {
  npm: new Set(
    'react react-dom preact redux lodash lodash-es underscore express axios chalk commander webpack eslint tslint prettier typescript babel-core jquery moment dayjs request requests async debug mkdirp rimraf yargs minimist uuid dotenv body-parser mongoose mongodb sequelize socket.io socket.io-client cross-env nodemon jsonwebtoken bcrypt bcryptjs passport cors morgan helmet electron puppeteer playwright playwright-core cheerio jsdom vitest mocha jasmine sinon rollup parcel esbuild tailwindcss postcss autoprefixer angular svelte solid-js nuxt next gatsby storybook ethers web3 discord.js left-pad event-stream colors color faker winston pino bunyan fastify koa hapi graphql apollo-server prisma typeorm mysql mysql2 sqlite3 better-sqlite3 redis ioredis kafkajs aws-sdk firebase stripe twilio nodemailer handlebars mustache ejs sharp jimp glob globby semver inquirer zod yup ajv immer rxjs'.split(
      ' ',
    ),
  ),
  pip: new Set(
    'requests request urllib3 numpy pandas scipy matplotlib seaborn scikit-learn tensorflow keras torch torchvision transformers django flask fastapi uvicorn gunicorn starlette pydantic sqlalchemy psycopg psycopg2 psycopg2-binary pymysql redis celery boto boto3 botocore awscli setuptools wheel pytest coverage black flake8 pylint mypy isort click colorama jinja jinja2 markupsafe pyyaml python-dateutil pytz pillow opencv-python beautifulsoup4 lxml selenium scrapy httpx aiohttp websockets cryptography paramiko pycrypto pycryptodome rsa certifi idna attrs httpie openai anthropic langchain tiktoken jupyter notebook ipython networkx sympy nltk spacy gensim plotly bokeh dash streamlit gradio poetry pipenv virtualenv tqdm rich typer docker kubernetes ansible'.split(
      ' ',
    ),
  ),
};

/** `lodahs` → `lodash`; null for names that are known, short, scoped, or like none. */
export function looksLike(name: string, family: 'npm' | 'pip'): string | null {
  const names = known[family];
  const plain = name.toLowerCase();
  if (plain.length < 5 || plain.startsWith('@') || names.has(plain)) return null;
  for (const each of names) {
    if (each.length >= 5 && Math.abs(each.length - plain.length) <= 1 && oneSlip(plain, each)) return each;
  }
  return null;
}

/** One letter added, left out, changed, or two swapped. */
function oneSlip(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const restA = a.slice(start, endA);
  const restB = b.slice(start, endB);
  if (restA.length + restB.length === 1 || (restA.length === 1 && restB.length === 1)) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}
