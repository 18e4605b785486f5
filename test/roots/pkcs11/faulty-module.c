/*
 * A PKCS#11 module in front of another one, which behaves as some devices do. What it does is written as
 * words in the file FIELDSEAL_TEST_PROFILE, which is read at every call; a login adds a byte to the file
 * of that name with ".logins".
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkcs11.h"

#define IV_BYTES 12
#define SESSIONS 4096

static CK_FUNCTION_LIST list;
static CK_FUNCTION_LIST_PTR real;

/* The vector of the encryption that runs in a session, and where the caller's is. */
static struct {
  CK_BYTE iv[IV_BYTES];
  CK_BYTE_PTR theirs;
  int append;
} running[SESSIONS];

static int has(const char *word) {
  char text[512] = " ";
  FILE *file = fopen(getenv("FIELDSEAL_TEST_PROFILE"), "r");
  if (file == NULL) return 0;
  text[1 + fread(text + 1, 1, sizeof(text) - 3, file)] = ' ';
  fclose(file);
  char wanted[64];
  snprintf(wanted, sizeof(wanted), " %s ", word);
  return strstr(text, wanted) != NULL;
}

static int isZero(CK_BYTE_PTR bytes, CK_ULONG length) {
  for (CK_ULONG i = 0; i < length; i++)
    if (bytes[i] != 0) return 0;
  return 1;
}

static CK_RV getTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  CK_RV rv = real->C_GetTokenInfo(slot, info);
  if (has("final-try")) info->flags |= CKF_USER_PIN_FINAL_TRY;
  if (has("locked")) info->flags |= CKF_USER_PIN_LOCKED;
  return rv;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  char name[512];
  snprintf(name, sizeof(name), "%s.logins", getenv("FIELDSEAL_TEST_PROFILE"));
  FILE *file = fopen(name, "a");
  if (file != NULL) {
    fputc('.', file);
    fclose(file);
  }
  if (has("slow-login")) usleep(700 * 1000);
  return real->C_Login(session, user, pin, length);
}

static CK_RV encryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  if (mechanism->mechanism != CKM_AES_GCM) return real->C_EncryptInit(session, mechanism, key);
  if (has("no-gcm")) return CKR_MECHANISM_INVALID;
  CK_GCM_PARAMS params = *(CK_GCM_PARAMS_PTR)mechanism->pParameter;
  if (has("wants-zeros") && (params.ulIvLen == 0 || !isZero(params.pIv, params.ulIvLen)))
    return CKR_MECHANISM_PARAM_INVALID;
  if (has("wants-nothing") && params.ulIvLen != 0) return CKR_MECHANISM_PARAM_INVALID;
  if (has("ignore-context")) params.ulAADLen = 0;
  int owns = has("overwrite-iv") || has("append-iv") || has("hide-iv");
  if (session < SESSIONS) {
    running[session].theirs = has("overwrite-iv") ? params.pIv : NULL;
    running[session].append = has("append-iv");
    if (owns) {
      real->C_GenerateRandom(session, running[session].iv, IV_BYTES);
      params.pIv = running[session].iv;
      params.ulIvLen = IV_BYTES;
      params.ulIvBits = IV_BYTES * 8;
    }
  }
  CK_MECHANISM own = {CKM_AES_GCM, &params, sizeof(params)};
  return real->C_EncryptInit(session, &own, key);
}

static CK_RV encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR out,
                     CK_ULONG_PTR outLength) {
  CK_RV rv = real->C_Encrypt(session, data, length, out, outLength);
  if (rv != CKR_OK || out == NULL || session >= SESSIONS) return rv;
  if (running[session].theirs != NULL) memcpy(running[session].theirs, running[session].iv, IV_BYTES);
  if (running[session].append) {
    memcpy(out + *outLength, running[session].iv, IV_BYTES);
    *outLength += IV_BYTES;
  }
  running[session].theirs = NULL;
  running[session].append = 0;
  return rv;
}

static CK_RV decryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  if (has("device-error")) return CKR_DEVICE_ERROR;
  if (mechanism->mechanism != CKM_AES_GCM || !has("ignore-context"))
    return real->C_DecryptInit(session, mechanism, key);
  CK_GCM_PARAMS params = *(CK_GCM_PARAMS_PTR)mechanism->pParameter;
  params.ulAADLen = 0;
  CK_MECHANISM own = {CKM_AES_GCM, &params, sizeof(params)};
  return real->C_DecryptInit(session, &own, key);
}

static CK_RV decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR out,
                     CK_ULONG_PTR outLength) {
  if (has("slow")) usleep(400 * 1000);
  CK_RV rv = real->C_Decrypt(session, data, length, out, outLength);
  if (has("wrong-decrypt") && rv == CKR_OK && out != NULL) out[0] ^= 1;
  return rv;
}

static CK_RV wrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping,
                     CK_OBJECT_HANDLE key, CK_BYTE_PTR wrapped, CK_ULONG_PTR length) {
  if (has("no-wrap")) return CKR_MECHANISM_INVALID;
  return real->C_WrapKey(session, mechanism, wrapping, key, wrapped, length);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR given) {
  void *module = dlopen(getenv("FIELDSEAL_TEST_MODULE"), RTLD_NOW);
  if (module == NULL) return CKR_GENERAL_ERROR;
  CK_RV (*get)(CK_FUNCTION_LIST_PTR_PTR) = dlsym(module, "C_GetFunctionList");
  CK_RV rv = get(&real);
  if (rv != CKR_OK) return rv;
  list = *real;
  list.C_GetTokenInfo = getTokenInfo;
  list.C_Login = login;
  list.C_EncryptInit = encryptInit;
  list.C_Encrypt = encrypt;
  list.C_DecryptInit = decryptInit;
  list.C_Decrypt = decrypt;
  list.C_WrapKey = wrapKey;
  *given = &list;
  return CKR_OK;
}
