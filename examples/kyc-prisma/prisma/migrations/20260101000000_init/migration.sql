-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "DocumentKind" AS ENUM ('AADHAAR_CARD', 'PAN_CARD', 'PASSPORT');

-- CreateTable
CREATE TABLE "Tenant" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "Tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Customer" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "aadhaar" TEXT NOT NULL,
    "aadhaarToken" BYTEA NOT NULL,
    "pan" TEXT,
    "panToken" BYTEA,
    "dateOfBirth" TEXT NOT NULL,
    "birthYear" BYTEA NOT NULL,
    "address" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Card" (
    "id" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "number" TEXT NOT NULL,
    "numberToken" BYTEA NOT NULL,
    "numberLast4" BYTEA NOT NULL,
    "expiry" TEXT NOT NULL,

    CONSTRAINT "Card_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Document" (
    "id" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "kind" "DocumentKind" NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "Document_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Customer_panToken_idx" ON "Customer"("panToken");

-- CreateIndex
CREATE INDEX "Customer_birthYear_idx" ON "Customer"("birthYear");

-- CreateIndex
CREATE UNIQUE INDEX "Customer_tenantId_aadhaarToken_key" ON "Customer"("tenantId", "aadhaarToken");

-- CreateIndex
CREATE UNIQUE INDEX "Card_numberToken_key" ON "Card"("numberToken");

-- CreateIndex
CREATE INDEX "Card_numberLast4_idx" ON "Card"("numberLast4");

-- AddForeignKey
ALTER TABLE "Customer" ADD CONSTRAINT "Customer_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "Tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Card" ADD CONSTRAINT "Card_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Document" ADD CONSTRAINT "Document_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
