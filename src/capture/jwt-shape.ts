const jwtShape = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;
const longestToken = 16 * 1024;

/** Three parts of base64url, the first an object's beginning. Apart from what verifies them, which is loaded only where there is an identity provider. */
export const looksLikeJwt = (text: string): boolean => text.length <= longestToken && jwtShape.test(text);
