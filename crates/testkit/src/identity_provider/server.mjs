// A certified OpenID Connect provider (npm: oidc-provider) for a test. Arguments: the folder of the modules, where the
// browser is sent back to, and the file into which the port is written when it answers.
//
// Two clients: "platbook", whose ID tokens are signed with RS256, and "platbook-es256". Anybody may sign in, by any name and
// any password, through the provider's own forms; the name says what the provider claims of them. POST /rotate exchanges
// its keys.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [modules, redirect_uri, port_file] = process.argv.slice(2);
const { default: Provider } = await import(`${modules}/oidc-provider/lib/index.js`);

const key = (type, options, rest) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
  kid: randomBytes(8).toString('hex'),
  use: 'sig',
  ...rest,
});
const keys = () => ({
  keys: [key('rsa', { modulusLength: 2048 }, { alg: 'RS256' }), key('ec', { namedCurve: 'P-256' }, { alg: 'ES256' })],
});
const client = (client_id, id_token_signed_response_alg) => ({
  client_id,
  client_secret: 'a secret of the tests, and of nobody else',
  redirect_uris: [redirect_uri],
  id_token_signed_response_alg,
});
// Their groups stand behind the name: "ann+netops+readers".
const findAccount = (_, id) => {
  const [name, ...groups] = id.split('+');
  return {
    accountId: id,
    claims: () => ({ sub: name, preferred_username: name, email: `${name}@example.net`, email_verified: true, groups }),
  };
};

let issuer;
const provider = () =>
  new Provider(issuer, {
    clients: [client('platbook', 'RS256'), client('platbook-es256', 'ES256')],
    claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'], groups: ['groups'] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    findAccount,
    jwks: keys(),
    pkce: { required: () => true },
  }).callback();

let answer;
const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/rotate') {
    answer = provider();
    response.end();
  } else {
    answer(request, response);
  }
});
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  answer = provider();
  writeFileSync(`${port_file}.new`, `${server.address().port}`);
  renameSync(`${port_file}.new`, port_file);
});
